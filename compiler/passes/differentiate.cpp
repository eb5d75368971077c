#include "compiler/passes/differentiate.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

/// Takes the loads of parameters out of nodes, nested ones included: what is loaded stays the same as long as the block
/// of a minimize is evaluated, and one value for each parameter is what its derivative flows to.
class Variables {
 public:
  explicit Variables(const std::vector<int64_t>& parameters) : states_(parameters), loads_(parameters.size()) {}

  void take_from(std::vector<Node>& nodes) {
    std::vector<Node> kept;
    for (Node& node : nodes) {
      for (Block& block : node.blocks) take_from(block.nodes);
      if (!take(node)) kept.push_back(std::move(node));
    }
    nodes = std::move(kept);
  }

  /// The loads that stand for all, and which value stands for which.
  std::vector<Node> loads() const {
    std::vector<Node> all;
    for (const auto& load : loads_)
      if (load) all.push_back(*load);
    return all;
  }
  const Substitution& same() const { return same_; }
  /// The value of the i-th parameter, if it is loaded.
  std::optional<ValueId> value(size_t i) const {
    return loads_[i] ? std::optional(loads_[i]->results[0]) : std::nullopt;
  }

 private:
  bool take(const Node& node) {
    if (node.op != Op::load) return false;
    const auto at = std::find(states_.begin(), states_.end(), node.integer("state"));
    if (at == states_.end()) return false;
    std::optional<Node>& load = loads_[static_cast<size_t>(at - states_.begin())];
    if (!load)
      load = node;
    else
      same_[node.results[0]] = load->results[0];
    return true;
  }

  const std::vector<int64_t>& states_;
  std::vector<std::optional<Node>> loads_;
  Substitution same_;
};

class Differentiator {
 public:
  explicit Differentiator(Program& program) : program_(program), builder_(program) {}

  bool run() {
    for (Block* outermost : program_.blocks()) block(*outermost);
    return changed_;
  }

 private:
  void block(Block& block) {
    std::vector<Node> nodes;
    for (Node& node : block.nodes) {
      rewrite(node.inputs);
      for (Block& inner : node.blocks) this->block(inner);
      if (std::optional<std::vector<Node>> written = write_out(node)) {
        std::move(written->begin(), written->end(), std::back_inserter(nodes));
        changed_ = true;
      } else {
        nodes.push_back(std::move(node));
      }
    }
    block.nodes = std::move(nodes);
    rewrite(block.results);
  }

  /// The nodes that stand for a derivative, or nothing for other nodes and where it cannot be written as nodes.
  std::optional<std::vector<Node>> write_out(const Node& node) {
    if (node.op != Op::minimize && node.op != Op::gradient) return std::nullopt;
    try {
      return node.op == Op::minimize ? minimize(node) : gradient(node);
    } catch (const NoDerivative&) {
      return std::nullopt;
    }
  }

  std::vector<Node> minimize(const Node& node) {
    std::vector<Node> nodes = node.blocks[0].nodes;
    Variables variables(node.integers("parameters"));
    variables.take_from(nodes);
    substitute(nodes, variables.same());
    const std::vector<Node> loads = variables.loads();
    nodes.insert(nodes.begin(), loads.begin(), loads.end());
    std::vector<ValueId> results = node.blocks[0].results;
    for (ValueId& id : results) id = follow(variables.same(), id);

    Activity activity(program_);
    for (const Node& load : loads) activity.add(load.results[0]);
    OpenBlock open(builder_);
    Reverse reverse(builder_, activity);
    walk(reverse, nodes, results[0], node.span);
    std::vector<ValueId> inputs{node.inputs.at(0), results[0]};
    for (size_t i = 0; i < node.integers("parameters").size(); ++i)
      inputs.push_back(derivative(reverse, variables.value(i), node.integers("parameters")[i]));
    builder_.emit(Op::descend, inputs, {}, node.span, node.attributes);
    append(nodes, open.close());
    for (size_t i = 0; i < node.results.size(); ++i) stands_for(results[i], node.results[i]);
    return nodes;
  }

  /// With the type of the state; zeros if the loss does not depend on it.
  ValueId derivative(Reverse& reverse, std::optional<ValueId> variable, int64_t state) {
    if (variable) return reverse.total(*variable);
    return builder_.expand(reverse.emit.number(0), program_.states[static_cast<size_t>(state)].type.axes,
                           reverse.emit.span);
  }

  std::vector<Node> gradient(const Node& node) {
    const Block& body = node.blocks[0];
    std::vector<Node> nodes = body.nodes;
    Activity activity(program_);
    for (const ValueId id : body.parameters) activity.add(id);
    OpenBlock open(builder_);
    Reverse reverse(builder_, activity);
    walk(reverse, nodes, body.results[0], node.span);
    // The block's parameters are apart from the inputs only as long as derivatives are gathered.
    Substitution inputs;
    for (size_t i = 0; i < body.parameters.size(); ++i) inputs[body.parameters[i]] = node.inputs[i];
    std::vector<ValueId> results{body.results[0]};
    for (const ValueId id : body.parameters) results.push_back(reverse.total(id));
    append(nodes, open.close());
    substitute(nodes, inputs);
    for (size_t i = 0; i < results.size(); ++i) stands_for(follow(inputs, results[i]), node.results[i]);
    return nodes;
  }

  static void walk(Reverse& reverse, std::vector<Node>& nodes, ValueId scalar, Span span) {
    reverse.activity().mark(nodes);
    reverse.emit.span = span;
    reverse.add(scalar, reverse.emit.number(1));
    reverse.walk(nodes);
    reverse.emit.span = span;
  }

  static void append(std::vector<Node>& nodes, Block block) {
    std::move(block.nodes.begin(), block.nodes.end(), std::back_inserter(nodes));
  }

  static ValueId follow(const Substitution& now, ValueId id) {
    const auto it = now.find(id);
    return it == now.end() ? id : it->second;
  }

  void stands_for(ValueId now, ValueId old) {
    now_[old] = now;
    std::string& name = program_.values[static_cast<size_t>(now)].name;
    if (name.empty()) name = program_.values[static_cast<size_t>(old)].name;
  }

  void rewrite(std::vector<ValueId>& ids) const {
    for (ValueId& id : ids) id = follow(now_, id);
  }

  Program& program_;
  Builder builder_;
  Substitution now_;  // what stands for the results of nodes that are gone
  bool changed_ = false;
};

}  // namespace

bool differentiate(Program& program, Notes&) {
  return Differentiator(program).run();
}

}  // namespace duet
