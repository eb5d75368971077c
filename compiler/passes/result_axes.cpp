#include "compiler/passes/result_axes.h"

#include <algorithm>

namespace duet {

namespace {

using Axes = std::vector<Axis>;
using MaybeAxes = std::optional<Axes>;

Axes without(const Axes& axes, const std::string& name) {
  return Type{Kind::real, axes}.without(name).axes;
}

bool has(const Axes& axes, const std::string& name) {
  return Type{Kind::real, axes}.has(name);
}

MaybeAxes merge(const MaybeAxes& a, const MaybeAxes& b) {
  return a && b ? merge_axes(*a, *b) : std::nullopt;
}

MaybeAxes of_reduce(const Node& node, Axes axes) {
  for (const std::string& name : node.texts("axes")) axes = without(axes, name);
  return axes;
}

MaybeAxes of_rename(const Node& node, Axes axes) {
  for (Axis& axis : axes)
    if (axis.name == node.text("from")) axis.name = node.text("to");
  return axes;
}

MaybeAxes of_slice(const Node& node, Axes axes) {
  const int64_t from = node.integer("from"), to = node.integer("to");
  for (Axis& axis : axes) {
    if (axis.name != node.text("axis")) continue;
    if (to >= 0)
      axis.size = to - from;
    else if (axis.size != kUnknownSize)
      axis.size -= from;
  }
  return axes;
}

MaybeAxes of_concat(const Node& node, const std::vector<Axes>& inputs) {
  const std::string& name = node.text("axis");
  MaybeAxes axes = Axes();
  int64_t total = 0;
  for (const Axes& input : inputs) {
    const int64_t size = has(input, name) ? Type{Kind::real, input}.size_of(name) : 1;
    total = total == kUnknownSize || size == kUnknownSize ? kUnknownSize : total + size;
    axes = merge(axes, without(input, name));
  }
  if (axes) axes->push_back({name, total});
  return axes;
}

MaybeAxes of_linear(const Node& node, const std::vector<Axes>& inputs) {
  const std::string &in = node.text("in"), &out = node.text("out");
  MaybeAxes weights = inputs.at(1);
  if (inputs.size() == 4) weights = merge(inputs[3], without(inputs[1], node.text("by")));
  if (!weights) return std::nullopt;
  Axes lifted;
  for (const Axis& axis : *weights)
    if (axis.name != out && !has(inputs[0], axis.name)) lifted.push_back(axis);
  MaybeAxes axes = merge(lifted, without(inputs[0], in));
  if (axes) axes->push_back({out, Type{Kind::real, inputs[1]}.size_of(out)});
  // The bias must not have others.
  const bool fits = axes && std::ranges::all_of(inputs[2], [&](const Axis& axis) {
    return has(*axes, axis.name) || (node.has("by") && axis.name == node.text("by"));
  });
  return fits ? axes : std::nullopt;
}

MaybeAxes of_contract(const Node& node, const std::vector<Axes>& inputs) {
  MaybeAxes axes = merge(inputs[0], inputs[1]);
  return axes ? of_reduce(node, std::move(*axes)) : axes;
}

MaybeAxes of_top(const Node& node, const Axes& input) {
  Axes axes = without(input, node.texts("axes").at(0));
  axes.push_back({node.text("axis"), node.integer("count")});
  return axes;
}

MaybeAxes of_shape(const Node& node, const std::vector<Axes>& inputs) {
  switch (node.op) {
    case Op::select:
      return merge(merge(inputs[1], inputs[2]), inputs[0]);
    case Op::quantile:
      return merge(without(inputs[0], node.texts("axes").at(0)), inputs[1]);
    case Op::top_k:
    case Op::bottom_k:
      return of_top(node, inputs[0]);
    case Op::cumsum:
    case Op::standardize:
    case Op::standardize_gradient:
    case Op::cast:
      return inputs[0];
    case Op::rename:
      return of_rename(node, inputs[0]);
    case Op::slice:
      return of_slice(node, inputs[0]);
    case Op::take:
      return merge(without(inputs[0], node.text("axis")), inputs[1]);
    case Op::concat:
      return of_concat(node, inputs);
    default:
      return std::nullopt;
  }
}

}  // namespace

bool order_is_free(Op op) {
  switch (op) {
    case Op::select:
    case Op::quantile:
    case Op::top_k:
    case Op::bottom_k:
    case Op::take:
    case Op::concat:
    case Op::linear:
    case Op::contract:
      return true;
    default:
      return false;
  }
}

std::optional<std::vector<Axis>> result_axes(const Node& node, const std::vector<std::vector<Axis>>& inputs) {
  switch (info(node.op).group) {
    case OpGroup::unary:
      return inputs[0];
    case OpGroup::binary:
      return merge(inputs[0], inputs[1]);
    case OpGroup::reduce:
      return of_reduce(node, inputs[0]);
    case OpGroup::shape:
      return of_shape(node, inputs);
    case OpGroup::network:
      if (node.op == Op::contract) return of_contract(node, inputs);
      return node.op == Op::linear ? of_linear(node, inputs) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool may_have_order(const Node& node, const std::vector<Axes>& inputs, const Axes& natural, const Axes& order) {
  if (natural == order) return true;
  if (!order_is_free(node.op) || natural.size() != order.size()) return false;
  if (!std::all_of(order.begin(), order.end(), [&](const Axis& axis) { return has(natural, axis.name); })) return false;
  if (node.op != Op::linear) return true;
  const auto of_weights = [&](const Axis& axis) { return axis.name != node.text("out") && !has(inputs[0], axis.name); };
  for (size_t i = 0; i < order.size() && of_weights(natural[i]); ++i)
    if (!of_weights(order[i])) return false;
  return true;
}

bool commutes(Op op) {
  return op == Op::add || op == Op::mul || op == Op::minimum || op == Op::maximum;
}

std::vector<std::string> own_axes(const Node& node) {
  switch (node.op) {
    case Op::rename:
      return {node.text("from")};
    case Op::slice:
    case Op::take:
    case Op::concat:
      return {node.text("axis")};
    case Op::linear:
      if (node.has("by")) return {node.text("in"), node.text("out"), node.text("by")};
      return {node.text("in"), node.text("out")};
    default:
      return node.has("axes") ? node.texts("axes") : std::vector<std::string>();
  }
}

}  // namespace duet
