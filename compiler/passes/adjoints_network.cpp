// Derivatives of products of matrices and of groups.
#include <algorithm>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

/// The axes of `a` that `b` has not, but for `except`.
std::vector<std::string> own_axes(const Type& a, const Type& b, const std::string& except = {}) {
  std::vector<std::string> names;
  for (const Axis& axis : a.axes)
    if (!b.has(axis.name) && axis.name != except) names.push_back(axis.name);
  return names;
}

/// y = x w + b: the derivatives are g w^T, x^T g and g, summed over what x, w and b do not have.
void adjoint_linear(Reverse& reverse, const Node& node) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0], w = node.inputs[1], b = node.inputs[2], y = node.results[0];
  const ValueId g = emit.spread(*reverse.of(y), y);
  if (reverse.wants(x)) {
    std::vector<std::string> axes = own_axes(emit.type(w), emit.type(x));
    reverse.add(x, emit.contract(g, w, axes, emit.type(x)));
  }
  if (reverse.wants(w)) reverse.add(w, emit.contract(x, g, own_axes(emit.type(x), emit.type(w)), emit.type(w)));
  reverse.give(b, g, y);
}

void adjoint_contract(Reverse& reverse, const Node& node) {
  Emitter& emit = reverse.emit;
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.results[0];
  const ValueId g = emit.spread(*reverse.of(y), y);
  if (reverse.wants(a)) reverse.add(a, emit.contract(g, b, own_axes(emit.type(b), emit.type(a)), emit.type(a)));
  if (reverse.wants(b)) reverse.add(b, emit.contract(g, a, own_axes(emit.type(a), emit.type(b)), emit.type(b)));
}

/// The rows of a group go back through their own members: a group over the inputs and the derivatives of the results.
class GroupAdjoint {
 public:
  GroupAdjoint(Reverse& reverse, const Node& node)
      : reverse_(reverse), emit_(reverse.emit), node_(node), body_(node.blocks[0]), copy_(emit_.builder().program()) {}

  void run() {
    for (const ValueId id : free_values(body_))
      if (reverse_.wants(id)) throw NoDerivative{};  // a sum over rows, which the results of a group keep apart
    std::vector<ValueId> inputs = node_.inputs;
    Block block = backward(inputs);
    std::vector<Type> types;
    for (const ValueId id : wanted_) types.push_back(full_type(id));
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    const std::vector<ValueId> results =
        emit_.builder().emit(Op::group, inputs, types, node_.span, node_.attributes, std::move(blocks));
    for (size_t i = 0; i < results.size(); ++i) reverse_.give(wanted_[i], results[i], results[i]);
  }

 private:
  /// The block; adds the derivatives of the node's results to its inputs.
  Block backward(std::vector<ValueId>& inputs) {
    Builder& builder = emit_.builder();
    std::vector<std::pair<ValueId, ValueId>> arriving;  // a result of the block, and its derivative outside
    for (size_t i = 0; i < node_.results.size(); ++i)
      if (const auto g = reverse_.of(node_.results[i])) {
        arriving.emplace_back(body_.results[i], rows_then_features(*g, i));
        inputs.push_back(arriving.back().second);
      }
    OpenBlock open(builder);
    for (const ValueId id : body_.parameters) {
      const ValueId now = builder.parameter(emit_.type(id));
      copy_.map(id, now);
      if (reverse_.wants(id)) reverse_.activity().add(now);
    }
    std::vector<Node> nodes = copy_.nodes(body_.nodes);
    reverse_.activity().mark(nodes);
    Reverse inner(builder, reverse_.activity());
    inner.emit.span = node_.span;
    for (const auto& [result, g] : arriving) {
      const Axis feature = emit_.type(g).axes.back();
      inner.add(copy_(result), builder.parameter({Kind::real, {{"row", kUnknownSize}, feature}}));
    }
    inner.walk(nodes);
    std::vector<ValueId> results;
    for (size_t i = 1; i < node_.inputs.size(); ++i) {
      if (!reverse_.wants(node_.inputs[i])) continue;
      wanted_.push_back(node_.inputs[i]);
      results.push_back(inner.total(copy_(body_.parameters[i])));
    }
    Block block = open.close();
    nodes.insert(nodes.end(), std::make_move_iterator(block.nodes.begin()), std::make_move_iterator(block.nodes.end()));
    block.nodes = std::move(nodes);
    block.results = std::move(results);
    return block;
  }

  /// The derivative towards result `i` with its one feature last, as inputs of a group have it.
  ValueId rows_then_features(ValueId g, size_t i) {
    const Type inner = emit_.type(body_.results[i]).without("row");
    if (inner.axes.size() != 1) throw NoDerivative{};
    g = emit_.spread(g, node_.results[i]);
    Type type = emit_.type(g).without(inner.axes[0].name);
    type.axes.push_back({inner.axes[0].name, emit_.type(g).size_of(inner.axes[0].name)});
    return emit_.arrange(g, type);
  }

  /// All rows of the group, and the features of `input`.
  Type full_type(ValueId input) const {
    std::vector<Axis> rows = emit_.type(node_.inputs[0]).axes;
    for (size_t i = 1; i < node_.inputs.size(); ++i) {
      std::vector<Axis> own = emit_.type(node_.inputs[i]).axes;
      own.pop_back();
      rows = *merge_axes(rows, own);
    }
    rows.push_back(emit_.type(input).axes.back());
    return {Kind::real, rows};
  }

  Reverse& reverse_;
  Emitter& emit_;
  const Node& node_;
  const Block& body_;
  Copier copy_;
  std::vector<ValueId> wanted_;
};

}  // namespace

void adjoint_network(Reverse& reverse, const Node& node) {
  switch (node.op) {
    case Op::linear:
      return adjoint_linear(reverse, node);
    case Op::contract:
      return adjoint_contract(reverse, node);
    default:
      return GroupAdjoint(reverse, node).run();
  }
}

}  // namespace duet
