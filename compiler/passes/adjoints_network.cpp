// Derivatives of products of matrices.
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
  if (node.inputs.size() > 3 || node.has("activation")) throw NoDerivative{};  // forms that later passes make
  if (node.has("precision")) throw NoDerivative{};                             // learning is float32
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

}  // namespace

void adjoint_network(Reverse& reverse, const Node& node) {
  switch (node.op) {
    case Op::linear:
      return adjoint_linear(reverse, node);
    case Op::contract:
      return adjoint_contract(reverse, node);
    default:
      return adjoint_group(reverse, node);
  }
}

}  // namespace duet
