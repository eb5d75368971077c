#include "compiler/passes/keep_slopes.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/uses.h"

namespace duet {

namespace {

/// The nodes of one block that make swish(x) and its slope of a layer's x.
struct Chain {
  Node *layer, *swish, *sigmoid, *rest, *product, *slope;
};

class Keeper {
 public:
  explicit Keeper(Program& program) : program_(program), uses_(count_uses(program.main)) {}

  bool block(Block& block) {
    bool changed = false;
    for (const Node& node : block.nodes)
      if (node.op == Op::constant) constants_[node.results[0]] = node.real("value");
    for (size_t i = 0; i < block.nodes.size(); ++i) {
      for (Block& inner : block.nodes[i].blocks) changed |= this->block(inner);
      const auto chain = chain_of(block, i);
      if (!chain) continue;
      fuse(*chain);
      changed = true;
    }
    std::erase_if(block.nodes, [](const Node& node) { return node.results.empty() && is_element(node.op); });
    return changed;
  }

 private:
  /// sigmoid(x) + swish(x) (1 - sigmoid(x)), as `differentiate` writes it, of the layer at a place in the block.
  std::optional<Chain> chain_of(Block& block, size_t place) const {
    Chain chain{&block.nodes[place], nullptr, nullptr, nullptr, nullptr, nullptr};
    if (chain.layer->op != Op::linear || chain.layer->has("activation") || chain.layer->has("precision")) return {};
    const ValueId x = chain.layer->results[0];
    const auto reader = [&](Op op, ValueId id) {
      const auto node = std::find_if(block.nodes.begin() + static_cast<std::ptrdiff_t>(place), block.nodes.end(),
                                     [&](const Node& n) { return n.op == op && std::ranges::count(n.inputs, id); });
      return node == block.nodes.end() ? nullptr : &*node;
    };
    if (uses_.at(x) != 2 || !(chain.swish = reader(Op::swish, x)) || !(chain.sigmoid = reader(Op::sigmoid, x)))
      return {};
    const ValueId y = chain.swish->results[0], s = chain.sigmoid->results[0];
    if (!uses_.contains(s) || uses_.at(s) != 2 || !(chain.rest = reader(Op::sub, s)) || !is_rest_of(*chain.rest, s))
      return {};
    const ValueId rest = chain.rest->results[0];
    if (uses_.at(rest) != 1 || !(chain.product = reader(Op::mul, rest)) ||
        !std::ranges::count(chain.product->inputs, y))
      return {};
    const ValueId product = chain.product->results[0];
    if (uses_.at(product) != 1 || !(chain.slope = reader(Op::add, product)) ||
        !std::ranges::count(chain.slope->inputs, s))
      return {};
    const Type& type = program_.type(x);
    return program_.type(y) == type && program_.type(chain.slope->results[0]) == type ? std::optional(chain)
                                                                                      : std::nullopt;
  }

  bool is_rest_of(const Node& node, ValueId s) const {
    const auto one = constants_.find(node.inputs[0]);
    return one != constants_.end() && one->second == 1 && node.inputs[1] == s;
  }

  static bool is_element(Op op) {
    return op == Op::swish || op == Op::sigmoid || op == Op::sub || op == Op::mul || op == Op::add;
  }

  static void fuse(const Chain& chain) {
    chain.layer->attributes["activation"] = std::string("swish");
    chain.layer->attributes["slope"] = int64_t{1};
    chain.layer->results = {chain.swish->results[0], chain.slope->results[0]};
    // Nodes without results are done with.
    for (Node* node : {chain.swish, chain.sigmoid, chain.rest, chain.product, chain.slope}) node->results.clear();
  }

  Program& program_;
  std::unordered_map<ValueId, int> uses_;
  std::unordered_map<ValueId, double> constants_;
};

}  // namespace

bool keep_slopes(Program& program, Notes&) {
  return Keeper(program).block(program.main);
}

}  // namespace duet
