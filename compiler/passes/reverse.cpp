#include "compiler/passes/reverse.h"

#include <algorithm>

namespace duet {

namespace {

void pass_on(Reverse& reverse, Node& node) {
  const OpGroup group = info(node.op).group;
  if (group == OpGroup::network) return adjoint_network(reverse, node);
  if (group == OpGroup::control) return adjoint_control(reverse, node);
  const ValueId g = *reverse.of(node.results[0]);
  switch (group) {
    case OpGroup::unary:
      return adjoint_unary(reverse, node, g);
    case OpGroup::binary:
      return adjoint_binary(reverse, node, g);
    case OpGroup::reduce:
      return adjoint_reduce(reverse, node, g);
    case OpGroup::shape:
      return adjoint_shape(reverse, node, g);
    default:
      return;  // draws and states: variables have no inputs
  }
}

}  // namespace

void Reverse::add(ValueId to, ValueId derivative) {
  if (!wants(to)) return;
  derivative = emit.arrange(derivative, emit.type(to));
  const auto [entry, first] = gathered_.try_emplace(to, derivative);
  if (!first) entry->second = emit.arrange(emit.add(entry->second, derivative), emit.type(to));
}

void Reverse::give(ValueId to, ValueId derivative, ValueId through, double factor, const std::string& except) {
  if (!wants(to)) return;
  std::vector<std::string> summed, repeated;
  for (const Axis& axis : emit.type(through).axes) {
    if (emit.type(to).has(axis.name) || axis.name == except) continue;
    (emit.type(derivative).has(axis.name) ? summed : repeated).push_back(axis.name);
  }
  derivative = emit.reduce(Op::sum, derivative, summed);
  if (factor != 1) derivative = emit.mul(emit.number(factor), derivative);
  if (!repeated.empty()) derivative = emit.mul(emit.count(through, repeated), derivative);
  add(to, derivative);
}

std::optional<ValueId> Reverse::of(ValueId id) const {
  const auto it = gathered_.find(id);
  return it == gathered_.end() ? std::nullopt : std::optional(it->second);
}

ValueId Reverse::total(ValueId id) {
  const auto gathered = of(id);
  return emit.spread(gathered ? *gathered : emit.number(0), id);
}

void Reverse::walk(std::vector<Node>& nodes) {
  emit.know(nodes);
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool arrived = std::any_of(node->results.begin(), node->results.end(), [&](ValueId id) { return of(id); });
    if (!arrived) continue;
    emit.span = node->span;
    pass_on(*this, *node);
  }
}

}  // namespace duet
