#include "compiler/graph/print.h"

#include "compiler/graph/text.h"

namespace duet {

namespace {

std::string list(const Program& program, const std::vector<ValueId>& ids) {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) text += (i ? ", " : "") + value_text(program, ids[i]);
  return text;
}

std::string head(const Program& program, const Node& node) {
  std::string text;
  for (size_t i = 0; i < node.results.size(); ++i) text += (i ? ", " : "") + definition_text(program, node.results[i]);
  if (!node.results.empty()) text += " = ";
  text += info(node.op).name;
  text += '(' + list(program, node.inputs) + ')';
  for (const auto& [key, value] : node.attributes) text += ' ' + name_text(key) + '=' + attribute_text(value);
  return text;
}

std::string reals_text(const std::vector<double>& values) {
  return attribute_text(Attribute(values));
}

bool is_empty(const Block& block) {
  return block.parameters.empty() && block.nodes.empty() && block.results.empty();
}

bool is_absent(const RobotProgram& robot) {
  return robot.name.empty() && robot.mjcf.empty() && robot.obs == kUnknownSize && robot.action == kUnknownSize &&
         is_empty(robot.observe.block);
}

class Printer {
 public:
  Printer(const Program& program, const PrintOptions& options) : program_(program), options_(options) {}

  std::string take() { return std::move(out_); }

  void whole() {
    for (size_t i = 0; i < program_.states.size(); ++i) state(i);
    for (size_t i = 0; i < program_.memories.size(); ++i) memory(i);
    robot(program_.robot);
    line("main" + parameters(program_.main) + " {");
    inside(program_.main);
    line("}");
  }

  void body(const Block& block) {
    for (const Node& node : block.nodes) this->node(node);
    if (!block.results.empty()) line("yield " + list(program_, block.results));
  }

 private:
  void line(const std::string& text) {
    out_.append(static_cast<size_t>(2 * depth_), ' ');
    out_ += text + '\n';
  }

  void inside(const Block& block) {
    ++depth_;
    body(block);
    --depth_;
  }

  void state(size_t i) {
    const State& state = program_.states[i];
    line("state " + std::to_string(i) + ' ' + name_text(state.name) + ": " + type_text(state.type) + " = " +
         initial_text(state.initial));
  }

  void memory(size_t i) {
    const MemoryInfo& memory = program_.memories[i];
    line("memory " + std::to_string(i) + ' ' + name_text(memory.name) + ": " + std::to_string(memory.capacity));
  }

  void robot(const RobotProgram& robot) {
    if (is_absent(robot)) return;
    line("robot " + name_text(robot.name) + " {");
    ++depth_;
    line("mjcf " + quoted(robot.mjcf));
    line("frames " + std::to_string(robot.frames));
    line("limit " + std::to_string(robot.limit));
    line("obs " + std::to_string(robot.obs));
    line("action " + std::to_string(robot.action));
    line("low " + reals_text(robot.low));
    line("high " + reals_text(robot.high));
    if (robot.settle) line("settle " + std::to_string(robot.settle));
    if (robot.outside != OutsideLimits::pass)
      line(std::string("outside ") + (robot.outside == OutsideLimits::clip ? "clip" : "refuse"));
    for (const RobotValue& value : robot.drawn) line("drawn " + value_line(value));
    for (const ModelEdit& edit : robot.edits)
      line("set " + name_text(edit.quantity) + ' ' + attribute_text(edit.elements));
    for (const RobotValue& value : robot.variables) line("var " + value_line(value));
    if (!robot.before_variables.empty()) line("changes_before " + attribute_text(robot.before_variables));
    if (!robot.after_variables.empty()) line("changes_after " + attribute_text(robot.after_variables));
    robot_block("randomize", robot.randomize);
    robot_block("edit", robot.edit);
    robot_block("start", robot.start);
    robot_block("before", robot.before);
    robot_block(robot.control_each_frame ? "control_each_frame" : "control", robot.control);
    robot_block("after", robot.after);
    robot_block("observe", robot.observe);
    robot_block("reward", robot.reward);
    robot_block("done", robot.done);
    robot_block("truncate", robot.truncate);
    robot_block("reset", robot.reset);
    --depth_;
    line("}");
  }

  static std::string value_line(const RobotValue& value) {
    return name_text(value.name) + ": " + type_text(value.type);
  }

  void robot_block(const std::string& name, const RobotBlock& part) {
    if (is_empty(part.block)) return;
    line(name + parameters(part.block, &part.inputs) + " {");
    inside(part.block);
    line("}");
  }

  std::string parameters(const Block& block, const std::vector<std::string>* sources = nullptr) const {
    if (block.parameters.empty()) return "";
    std::string text = " (";
    for (size_t i = 0; i < block.parameters.size(); ++i) {
      text += (i ? ", " : "") + definition_text(program_, block.parameters[i]);
      if (sources && i < sources->size()) text += " = " + name_text((*sources)[i]);
    }
    return text + ")";
  }

  void node(const Node& node) {
    std::string text = head(program_, node);
    if (options_.spans && node.span.known())
      text += " @" + std::to_string(node.span.file) + ':' + std::to_string(node.span.begin) + '-' +
              std::to_string(node.span.end);
    const std::string place = comment(node);
    if (node.blocks.empty()) return line(text + place);
    for (size_t i = 0; i < node.blocks.size(); ++i) {
      const Block& block = node.blocks[i];
      line((i ? "}" : text) + " do" + parameters(block) + " {" + (i ? "" : place));
      inside(block);
    }
    line("}");
  }

  std::string comment(const Node& node) const {
    const std::string where = place(node.span), remark = options_.remark ? options_.remark(node) : "";
    if (where.empty() && remark.empty()) return "";
    return "  // " + where + (where.empty() || remark.empty() ? "" : "  ") + remark;
  }

  std::string place(Span span) const {
    if (!options_.sources || !options_.sources->has(span.file)) return "";
    const Position at = options_.sources->position(span.file, span.begin);
    return options_.sources->path(span.file) + ':' + std::to_string(at.line);
  }

  const Program& program_;
  const PrintOptions& options_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

std::string initial_text(const Initial& initial) {
  switch (initial.kind) {
    case Initial::Kind::constant:
      return "constant " + real_text(initial.scale);
    case Initial::Kind::uniform:
      return "uniform " + real_text(initial.scale);
    case Initial::Kind::truncated_normal:
      return "truncated_normal " + real_text(initial.scale);
    case Initial::Kind::copy:
      return "copy " + std::to_string(initial.source);
    case Initial::Kind::indices:
      return "indices";
  }
  return "";
}

std::string print(const Program& program, const PrintOptions& options) {
  Printer printer(program, options);
  printer.whole();
  return printer.take();
}

std::string print_block(const Program& program, const Block& block, const PrintOptions& options) {
  Printer printer(program, options);
  printer.body(block);
  return printer.take();
}

std::string print_head(const Program& program, const Node& node) {
  return head(program, node);
}

}  // namespace duet
