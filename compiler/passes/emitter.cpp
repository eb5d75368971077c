#include "compiler/passes/emitter.h"

#include <cmath>

namespace duet {

void Emitter::note(ValueId id, double value) {
  known_.emplace(id, value);
  if (!std::isnan(value) && type(id).kind == Kind::real) numbers_.emplace(value, id);
}

void Emitter::know(const std::vector<Node>& nodes) {
  for (const Node& node : nodes)
    if (node.op == Op::constant) note(node.results[0], node.real("value"));
}

std::optional<double> Emitter::known(ValueId id) const {
  const auto it = known_.find(id);
  return it == known_.end() ? std::nullopt : std::optional(it->second);
}

ValueId Emitter::number(double value) {
  if (const auto it = numbers_.find(value); it != numbers_.end()) return it->second;
  const ValueId id = builder_.constant(value, span);
  note(id, value);
  return id;
}

ValueId Emitter::neg(ValueId x) {
  if (const auto value = known(x)) return number(-*value);
  return unary(Op::neg, x);
}

ValueId Emitter::mul(ValueId a, ValueId b) {
  const auto x = known(a), y = known(b);
  if (x && y) return number(*x * *y);
  if (y) return mul(b, a);
  if (x && *x == 1 && type(b).kind == Kind::real) return b;
  if (x && *x == -1) return neg(b);
  return binary(Op::mul, a, b);
}

ValueId Emitter::div(ValueId a, ValueId b) {
  const auto x = known(a), y = known(b);
  if (x && y) return number(*x / *y);
  if (y && std::abs(*y) == 1) return mul(b, a);
  return binary(Op::div, a, b);
}

ValueId Emitter::reduce(Op op, ValueId x, const std::vector<std::string>& axes) {
  return axes.empty() ? x : builder_.reduce(op, x, axes, span);
}

ValueId Emitter::count(ValueId x, const std::vector<std::string>& axes) {
  double product = 1;
  std::vector<std::string> open;
  for (const std::string& axis : axes) {
    const int64_t size = type(x).size_of(axis);
    if (size == kUnknownSize)
      open.push_back(axis);
    else
      product *= static_cast<double>(size);
  }
  ValueId n = number(product);
  for (const std::string& axis : open) n = mul(n, builder_.emit1(Op::extent, {x}, {}, span, {{"axis", axis}}));
  return n;
}

// Types are taken by value: a new node may move those of the program.
ValueId Emitter::arrange(ValueId x, Type type) {
  std::vector<Axis> axes;
  const Type& now = this->type(x);
  for (const Axis& axis : type.axes)
    if (const int at = now.find(axis.name); at >= 0) axes.push_back(now.axes[static_cast<size_t>(at)]);
  return builder_.expand(x, axes, span);
}

ValueId Emitter::spread(ValueId x, ValueId like) {
  const Type wanted{type(x).kind, type(like).axes};
  std::vector<ValueId> inputs{x};
  bool same = type(x).axes.size() == wanted.axes.size();
  for (size_t i = 0; i < wanted.axes.size(); ++i) {
    same = same && type(x).axes[i].name == wanted.axes[i].name;
    if (wanted.axes[i].size == kUnknownSize && !type(x).has(wanted.axes[i].name)) inputs = {x, like};
  }
  return same ? x : builder_.emit1(Op::expand, inputs, wanted, span);
}

ValueId Emitter::contract(ValueId a, ValueId b, const std::vector<std::string>& axes, Type type) {
  if (axes.empty()) return arrange(mul(a, b), std::move(type));
  return builder_.emit1(Op::contract, {a, b}, {Kind::real, std::move(type.axes)}, span, {{"axes", axes}});
}

ValueId Emitter::pad(ValueId x, const std::string& axis, int64_t before, ValueId like) {
  Type result = type(x);
  int64_t& size = result.axes[static_cast<size_t>(result.find(axis))].size;
  if (before == 0 && size != kUnknownSize && size == type(like).size_of(axis)) return x;
  size = type(like).size_of(axis);
  std::vector<ValueId> inputs{x};
  if (size == kUnknownSize) inputs.push_back(like);
  return builder_.emit1(Op::pad, inputs, result, span, {{"axis", axis}, {"before", before}});
}

}  // namespace duet
