#include "compiler/driver/plan_report.h"

#include <algorithm>
#include <map>

#include "compiler/driver/tile_cuts.h"
#include "compiler/driver/units.h"
#include "compiler/passes/cost.h"

namespace duet {

namespace {

PassResult result_of(const PassReport& report) {
  PassResult result{report, {}};
  for (const Note& note : report.notes) {
    const auto same = std::ranges::find_if(result.removed, [&](const Removal& known) {
      return known.note.span == note.span && known.note.what == note.what;
    });
    if (same == result.removed.end()) {
      result.removed.push_back({note});
    } else {
      same->note.flops += note.flops;
      ++same->times;
    }
  }
  return result;
}

void add_effects(const Program& program, const Block& block, int depth, std::vector<EffectCost>& effects) {
  for (const Node& node : block.nodes) {
    if (info(node.op).group != OpGroup::effect || node.blocks.empty()) continue;
    effects.push_back({&node, depth, flops(program, node)});
    for (const Block& inner : node.blocks) add_effects(program, inner, depth + 1, effects);
  }
}

bool alike(const BlockNeeds& a, const BlockNeeds& b) {
  return a.owner && b.owner && a.owner->span == b.owner->span && short_name(*a.owner) == short_name(*b.owner) &&
         a.number == b.number && a.memory.bytes == b.memory.bytes && a.memory.apart == b.memory.apart;
}

void add_needs(const BlockNeeds& needs, std::vector<BlockNeeds>& blocks) {
  const auto known = std::ranges::find_if(blocks, [&](const BlockNeeds& block) { return alike(block, needs); });
  if (known == blocks.end())
    blocks.push_back(needs);
  else
    ++known->times;
}

/// Adds the blocks that are in `memory`, outermost first.
void add_blocks(const Block& block, const Node* owner, size_t number, const std::map<const Block*, BlockMemory>& memory,
                std::vector<BlockNeeds>& blocks) {
  if (const auto found = memory.find(&block); found != memory.end() && found->second.values > 0)
    add_needs({owner, number, found->second}, blocks);
  for (const Node& node : block.nodes)
    for (size_t i = 0; i < node.blocks.size(); ++i) add_blocks(node.blocks[i], &node, i, memory, blocks);
}

std::vector<BlockNeeds> needs_of(const Program& program, const std::vector<BlockMemory>& memory) {
  std::map<const Block*, BlockMemory> sums;
  for (const BlockMemory& each : memory) {
    BlockMemory& sum = sums[each.block];
    sum.values = std::max(sum.values, each.values);
    sum.bytes += each.bytes;
    sum.apart += each.apart;
  }
  std::vector<BlockNeeds> blocks;
  add_blocks(program.main, nullptr, 0, sums, blocks);
  return blocks;
}

std::string cut_text(const TileCut& cut) {
  if (cut.full == kUnknownSize) return cut.axis + " by " + std::to_string(cut.size);
  return cut.axis + " " + std::to_string(cut.full) + " by " + std::to_string(cut.size);
}

std::string tile_text(const Program& program, const Node& tile) {
  std::string text;
  for (const TileCut& cut : tile_cuts(program, tile)) text += (text.empty() ? "cut " : ", ") + cut_text(cut);
  const int64_t pieces = tile_pieces(program, tile);
  return pieces == kUnknownSize ? text : text + ": " + std::to_string(pieces) + " pieces";
}

std::string chain_text(const Node& fused) {
  std::string text;
  for (const Node& node : fused.blocks.at(0).nodes) {
    if (node.op == Op::constant) continue;
    text += (text.empty() ? "" : " ") + std::string(info(node.op).name);
  }
  return text;
}

}  // namespace

PlanReport report_on(const Program& program, const std::vector<PassReport>& passes, double seconds,
                     const std::vector<BlockMemory>& memory) {
  PlanReport report{&program, seconds, {}, {}, needs_of(program, memory)};
  for (const PassReport& pass : passes) report.passes.push_back(result_of(pass));
  add_effects(program, program.main, 0, report.effects);
  return report;
}

std::string short_name(const Node& node) {
  std::string text(info(node.op).name);
  if (node.op == Op::every) text += " " + std::to_string(node.integer("steps")) + " steps";
  if (node.op == Op::tile)
    for (const std::string& axis : node.texts("axes")) text += " " + axis;
  if ((node.op == Op::scan || node.op == Op::iterate)) text += " x " + std::to_string(node.integer("count"));
  return text;
}

std::string remark_on(const Program& program, const Node& node) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
  if (node.op == Op::tile) add(tile_text(program, node));
  if (node.op == Op::fused) add(chain_text(node));
  if (const double cost = flops(program, node); cost > 0) add(short_count(cost) + " FLOP");
  return text;
}

}  // namespace duet
