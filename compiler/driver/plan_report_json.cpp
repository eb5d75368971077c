#include <nlohmann/json.hpp>

#include "compiler/driver/plan_report.h"
#include "compiler/driver/tile_cuts.h"
#include "compiler/graph/json.h"
#include "compiler/passes/cost.h"

namespace duet {

namespace {

using Json = nlohmann::ordered_json;

/// Where something is written, or nulls.
Json place(Span span, const SourceMap& sources) {
  if (!span.known() || !sources.has(span.file)) return {{"path", nullptr}, {"line", nullptr}};
  return {{"path", sources.path(span.file)}, {"line", sources.position(span.file, span.begin).line}};
}

Json with_place(Json json, Span span, const SourceMap& sources) {
  json.update(place(span, sources));
  return json;
}

Json passes(const PlanReport& report, const SourceMap& sources) {
  Json list = Json::array();
  for (const auto& [pass, removed] : report.passes) {
    Json removals = Json::array();
    for (const auto& [note, times] : removed)
      removals.push_back(
          with_place({{"what", note.what}, {"flops", note.flops}, {"times", times}}, note.span, sources));
    list.push_back({{"name", pass.name},
                    {"disabled", pass.disabled},
                    {"changed", pass.changed},
                    {"seconds", pass.seconds},
                    {"nodes_before", pass.nodes_before},
                    {"nodes_after", pass.nodes_after},
                    {"removed", std::move(removals)}});
  }
  return list;
}

Json effects(const PlanReport& report, const SourceMap& sources) {
  Json list = Json::array();
  for (const EffectCost& effect : report.effects)
    list.push_back(with_place({{"effect", short_name(*effect.node)}, {"depth", effect.depth}, {"flops", effect.flops}},
                              effect.node->span, sources));
  return list;
}

Json blocks(const PlanReport& report, const SourceMap& sources) {
  Json list = Json::array();
  for (const BlockNeeds& block : report.blocks)
    list.push_back(with_place({{"owner", block.owner ? Json(short_name(*block.owner)) : Json("main")},
                               {"number", block.number},
                               {"values", block.memory.values},
                               {"bytes", block.memory.bytes},
                               {"bytes_not_shared", block.memory.apart},
                               {"times", block.times}},
                              block.owner ? block.owner->span : Span{}, sources));
  return list;
}

/// What the text says of a node as a remark.
void add_costs(const Program& program, const Node& node, Json& json) {
  json["flops"] = flops(program, node);
  if (node.op == Op::fused) {
    Json chain = Json::array();
    for (const Node& each : node.blocks.at(0).nodes) chain.push_back(info(each.op).name);
    json["chain"] = std::move(chain);
  }
  if (node.op != Op::tile) return;
  const auto known = [](int64_t size) { return size == kUnknownSize ? Json() : Json(size); };
  Json cuts = Json::array();
  for (const TileCut& cut : tile_cuts(program, node))
    cuts.push_back(
        {{"axis", cut.axis}, {"full", known(cut.full)}, {"size", cut.size}, {"pieces", known(cut.pieces())}});
  json["cuts"] = std::move(cuts);
}

}  // namespace

Json to_json(const PlanReport& report, const SourceMap& sources) {
  const Program& program = *report.program;
  return {
      {"seconds", report.seconds},
      {"passes", passes(report, sources)},
      {"effects", effects(report, sources)},
      {"blocks", blocks(report, sources)},
      {"program", to_json(program, &sources, [&](const Node& node, Json& json) { add_costs(program, node, json); })}};
}

}  // namespace duet
