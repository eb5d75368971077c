#include "compiler/graph/dot.h"

#include <algorithm>

#include "compiler/graph/text.h"

namespace duet {

namespace {

/// For a label inside double quotes.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

class DotWriter {
 public:
  explicit DotWriter(const Program& program) : program_(program), maker_(program.values.size()) {}

  std::string whole() {
    out_ = "digraph duet {\n  node [shape=box, fontname=\"Helvetica\", fontsize=10]\n  edge [fontsize=8]\n";
    block(program_.main, 1);
    return out_ + edges_ + "}\n";
  }

 private:
  void line(int depth, const std::string& text) {
    out_.append(static_cast<size_t>(2 * depth), ' ');
    out_ += text + '\n';
  }

  void edge(const std::string& from, const std::string& to, const char* style = "") {
    edges_ += "  " + from + " -> " + to + style + "\n";
  }

  void uses(const std::vector<ValueId>& ids, const std::string& by) {
    for (const ValueId id : ids)
      if (has_value(program_, id) && !maker_[static_cast<size_t>(id)].empty())
        edge(maker_[static_cast<size_t>(id)], by);
  }

  std::string value_label(ValueId id) const {
    if (!has_value(program_, id)) return "?";
    const Value& value = program_.values[static_cast<size_t>(id)];
    return (value.name.empty() ? "" : value.name + ": ") + type_text(value.type);
  }

  std::string label(const Node& node) const {
    std::string text(info(node.op).name);
    for (const char* key : {"state", "memory", "metric", "axis", "count"})
      if (node.has(key)) text += ' ' + detail(node, key);
    text = escaped(text);
    for (const ValueId id : node.results) text += "\\n" + escaped(value_label(id));
    return text;
  }

  /// A short text for an attribute; states and memories by name.
  std::string detail(const Node& node, const std::string& key) const {
    const Attribute& attribute = node.attributes.at(key);
    const auto* id = std::get_if<int64_t>(&attribute);
    if (id && *id >= 0 && key == "state" && *id < static_cast<int64_t>(program_.states.size()))
      return program_.states[static_cast<size_t>(*id)].name;
    if (id && *id >= 0 && key == "memory" && *id < static_cast<int64_t>(program_.memories.size()))
      return program_.memories[static_cast<size_t>(*id)].name;
    const auto* text = std::get_if<std::string>(&attribute);
    return text ? *text : attribute_text(attribute);
  }

  void make(const std::vector<ValueId>& ids, const std::string& by) {
    for (const ValueId id : ids)
      if (has_value(program_, id)) maker_[static_cast<size_t>(id)] = by;
  }

  void block(const Block& block, int depth) {
    for (const ValueId id : block.parameters) {
      const std::string name = "p" + std::to_string(id);
      line(depth, name + " [shape=ellipse, label=\"" + escaped(value_label(id)) + "\"]");
      make({id}, name);
    }
    std::string last_effect;
    for (const Node& node : block.nodes) this->node(node, depth, last_effect);
    if (block.results.empty()) return;
    const std::string name = "y" + std::to_string(count_++);
    line(depth, name + " [shape=ellipse, label=\"yield\"]");
    uses(block.results, name);
  }

  void node(const Node& node, int depth, std::string& last_effect) {
    const std::string name = "n" + std::to_string(count_++);
    const bool effect = info(node.op).group == OpGroup::effect && node.op != Op::load && node.op != Op::counter;
    line(depth,
         name + " [label=\"" + label(node) + "\"" + (effect ? ", style=filled, fillcolor=lightyellow" : "") + "]");
    uses(node.inputs, name);
    if (effect && !last_effect.empty()) edge(last_effect, name, " [style=dashed]");
    if (effect) last_effect = name;
    for (const Block& inner : node.blocks) {
      line(depth, "subgraph cluster_" + std::to_string(count_++) + " {");
      line(depth + 1, "label=\"" + std::string(info(node.op).name) + "\"");
      block(inner, depth + 1);
      line(depth, "}");
    }
    make(node.results, name);
  }

  const Program& program_;
  std::vector<std::string> maker_;  // of each value: the box that makes it
  std::string out_, edges_;
  size_t count_ = 0;
};

}  // namespace

std::string to_dot(const Program& program) {
  return DotWriter(program).whole();
}

}  // namespace duet
