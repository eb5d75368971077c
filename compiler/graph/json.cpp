#include "compiler/graph/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/graph/print.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

using Json = nlohmann::ordered_json;

Json real_json(double value) {
  return std::isfinite(value) ? Json(value) : Json(real_text(value));
}

Json type_json(const Type& type) {
  Json axes = Json::array();
  for (const Axis& axis : type.axes)
    axes.push_back(Json::array({axis.name, axis.size == kUnknownSize ? Json() : Json(axis.size)}));
  return {{"kind", type_text({type.kind, {}})}, {"axes", std::move(axes)}};
}

struct AttributeJson {
  Json operator()(double value) const { return real_json(value); }
  Json operator()(const std::vector<double>& values) const {
    Json list = Json::array();
    for (const double value : values) list.push_back(real_json(value));
    return list;
  }
  template <typename T>
  Json operator()(const T& value) const {
    return value;
  }
};

class Writer {
 public:
  Writer(const Program& program, const SourceMap* sources, const std::function<void(const Node&, Json&)>& more)
      : program_(program), sources_(sources), more_(more) {}

  Json whole() const {
    Json states = Json::array(), memories = Json::array();
    for (const State& state : program_.states)
      states.push_back(
          {{"name", state.name}, {"type", type_json(state.type)}, {"initial", initial_text(state.initial)}});
    for (const MemoryInfo& memory : program_.memories)
      memories.push_back({{"name", memory.name}, {"capacity", memory.capacity}});
    return {{"states", std::move(states)},
            {"memories", std::move(memories)},
            {"robot", robot(program_.robot)},
            {"main", block(program_.main)}};
  }

 private:
  Json value(ValueId id) const {
    if (!has_value(program_, id)) return {{"id", id}, {"name", ""}, {"type", nullptr}};
    return {
        {"id", id}, {"name", program_.values[static_cast<size_t>(id)].name}, {"type", type_json(program_.type(id))}};
  }

  Json span(Span span) const {
    if (!span.known()) return nullptr;
    Json json = {{"file", span.file}, {"begin", span.begin}, {"end", span.end}};
    if (!sources_ || !sources_->has(span.file)) return json;
    const Position at = sources_->position(span.file, span.begin);
    json["path"] = sources_->path(span.file);
    json["line"] = at.line;
    json["column"] = at.column;
    return json;
  }

  Json block(const Block& block) const {
    Json parameters = Json::array(), nodes = Json::array();
    for (const ValueId id : block.parameters) parameters.push_back(value(id));
    for (const Node& node : block.nodes) nodes.push_back(this->node(node));
    return {{"parameters", std::move(parameters)}, {"nodes", std::move(nodes)}, {"results", block.results}};
  }

  Json node(const Node& node) const {
    Json results = Json::array(), blocks = Json::array(), attributes = Json::object();
    for (const ValueId id : node.results) results.push_back(value(id));
    for (const Block& block : node.blocks) blocks.push_back(this->block(block));
    for (const auto& [key, attribute] : node.attributes) attributes[key] = std::visit(AttributeJson{}, attribute);
    Json json = {{"op", info(node.op).name},      {"inputs", node.inputs},
                 {"results", std::move(results)}, {"attributes", std::move(attributes)},
                 {"blocks", std::move(blocks)},   {"span", span(node.span)}};
    if (more_) more_(node, json);
    return json;
  }

  Json robot_block(const RobotBlock& part) const {
    if (part.block.results.empty()) return nullptr;
    Json json = block(part.block);
    json["quantities"] = part.inputs;
    return json;
  }

  static Json names(const std::vector<RobotValue>& values) {
    Json list = Json::array();
    for (const RobotValue& value : values) list.push_back({{"name", value.name}, {"type", type_json(value.type)}});
    return list;
  }

  Json robot(const RobotProgram& robot) const {
    if (robot.name.empty()) return nullptr;
    Json json = {{"name", robot.name},   {"mjcf", robot.mjcf}, {"frames", robot.frames},
                 {"limit", robot.limit}, {"obs", robot.obs},   {"action", robot.action}};
    json["low"] = AttributeJson()(robot.low);
    json["high"] = AttributeJson()(robot.high);
    if (!robot.drawn.empty()) json["drawn"] = names(robot.drawn);
    if (!robot.variables.empty()) json["variables"] = names(robot.variables);
    json["randomize"] = robot_block(robot.randomize);
    json["set"] = robot_block(robot.edit);
    json["start"] = robot_block(robot.start);
    json["before"] = robot_block(robot.before);
    json["control"] = robot_block(robot.control);
    json["after"] = robot_block(robot.after);
    json["observe"] = robot_block(robot.observe);
    json["reward"] = robot_block(robot.reward);
    json["done"] = robot_block(robot.done);
    json["truncate"] = robot_block(robot.truncate);
    json["reset"] = robot_block(robot.reset);
    return json;
  }

  const Program& program_;
  const SourceMap* sources_;
  const std::function<void(const Node&, Json&)>& more_;
};

}  // namespace

Json to_json(const Program& program, const SourceMap* sources, const std::function<void(const Node&, Json&)>& more) {
  return Writer(program, sources, more).whole();
}

}  // namespace duet
