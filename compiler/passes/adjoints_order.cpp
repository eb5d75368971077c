// Derivatives of operations along one axis.
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

/// The derivative of a running sum is a running sum the other way.
void adjoint_cumsum(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  Attributes attributes = node.attributes;
  if (attributes.erase("reverse") == 0) attributes["reverse"] = int64_t{1};
  const ValueId all = emit.spread(g, node.results[0]);
  reverse.add(node.inputs[0], emit.builder().emit1(Op::cumsum, {all}, emit.type(all), emit.span, attributes));
}

ValueId standardize_gradient(Emitter& emit, const Node& node, ValueId g) {
  const ValueId x = node.inputs[0];
  return emit.builder().emit1(Op::standardize_gradient, {x, emit.spread(g, x)}, emit.type(x), emit.span,
                              {{"axes", node.texts("axes")}});
}

void adjoint_standardize(Reverse& reverse, const Node& node, ValueId g) {
  reverse.add(node.inputs[0], standardize_gradient(reverse.emit, node, g));
}

/// The node makes J(x) a, with y = standardize(x), s = sqrt(variance + 1e-5) and, for n elements,
/// J(x) a = (a - mean(a) - y mean(a y)) / s. J is symmetric, and since y's derivative is J and that of s is y / n, the
/// one of g . J(x) a is -(mean(g y) J a + mean(a y) J g) / s - y mean(g J a) / s.
void adjoint_standardize_gradient(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0], a = node.inputs[1], ja = node.results[0];
  const std::vector<std::string>& axes = node.texts("axes");
  const auto mean = [&](ValueId value) { return emit.reduce(Op::mean, value, axes); };
  const ValueId jg = standardize_gradient(emit, node, g);
  if (reverse.wants(a)) reverse.add(a, emit.arrange(jg, emit.type(a)));
  if (!reverse.wants(x)) return;
  const ValueId all = emit.spread(g, x);
  const ValueId y = emit.builder().emit1(Op::standardize, {x}, emit.type(x), emit.span, {{"axes", axes}});
  const ValueId variance = mean(emit.unary(Op::square, emit.sub(x, mean(x))));
  const ValueId s = emit.unary(Op::sqrt, emit.add(variance, emit.number(1e-5)));
  const ValueId turned = emit.add(emit.mul(mean(emit.mul(all, y)), ja), emit.mul(mean(emit.mul(a, y)), jg));
  const ValueId scaled = emit.mul(y, mean(emit.mul(all, ja)));
  reverse.add(x, emit.neg(emit.div(emit.add(turned, scaled), s)));
}

/// A name that none of these types has.
std::string fresh_axis(const std::string& base, const Type& a, const Type& b) {
  std::string name = base + "'";
  while (a.has(name) || b.has(name)) name += "'";
  return name;
}

/// What quantile interpolates between: with n elements, those at places floor(q * (n - 1)) and the next.
struct Neighbours {
  ValueId low, high;      // the elements' places along the axis
  ValueId low_x, high_x;  // the elements
  ValueId weight;         // of the upper one; 0 between equals
  ValueId last;           // n - 1
};

Neighbours neighbours(Emitter& emit, const Node& node) {
  const ValueId x = node.inputs[0], q = node.inputs[1], y = node.results[0];
  const std::string& axis = node.texts("axes")[0];
  const Type type = emit.type(x);
  const int64_t n = type.size_of(axis);
  if (n == kUnknownSize) throw NoDerivative{};
  const std::string place = fresh_axis(axis, type, emit.type(q));
  Type sorted{Kind::index, type.without(axis).axes};
  sorted.axes.push_back({place, n});
  const ValueId order = emit.builder().emit1(Op::bottom_k, {x}, sorted, emit.span,
                                             {{"axes", std::vector<std::string>{axis}}, {"axis", place}, {"count", n}});
  const auto take = [&](ValueId from, ValueId at, const std::string& along) {
    return emit.builder().emit1(Op::take, {from, at}, {emit.type(from).kind, emit.type(y).axes}, emit.span,
                                {{"axis", along}});
  };
  const ValueId zero = emit.number(0), one = emit.number(1), last = emit.number(static_cast<double>(n - 1));
  const ValueId at = emit.binary(Op::minimum, emit.binary(Op::maximum, emit.mul(q, last), zero), last);
  const ValueId below = emit.unary(Op::floor, at);
  Neighbours it{};
  it.last = last;
  it.low = take(order, below, place);
  it.high = take(order, emit.binary(Op::minimum, emit.add(below, one), last), place);
  it.low_x = take(x, it.low, axis);
  it.high_x = take(x, it.high, axis);
  it.weight = emit.select(emit.binary(Op::equal, it.low_x, it.high_x), zero, emit.sub(at, below));
  return it;
}

void adjoint_quantile(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0], q = node.inputs[1], y = node.results[0];
  const Neighbours it = neighbours(emit, node);
  const auto put = [&](ValueId part, ValueId at) {
    const ValueId all = emit.spread(part, y);
    reverse.add(x,
                emit.builder().emit1(Op::put, {all, at}, emit.type(x), emit.span, {{"axis", node.texts("axes")[0]}}));
  };
  if (reverse.wants(x)) {
    put(emit.mul(g, emit.sub(emit.number(1), it.weight)), it.low);
    put(emit.mul(g, it.weight), it.high);
  }
  // q moves the place by n - 1, inside [0, 1] only.
  if (!reverse.wants(q)) return;
  const ValueId zero = emit.number(0);
  const ValueId inside = emit.binary(Op::logical_and, emit.binary(Op::less_equal, zero, q),
                                     emit.binary(Op::less_equal, q, emit.number(1)));
  const ValueId step = emit.mul(it.last, emit.sub(it.high_x, it.low_x));
  reverse.give(q, emit.mul(g, emit.select(inside, step, zero)), y);
}

}  // namespace

void adjoint_order(Reverse& reverse, const Node& node, ValueId g) {
  switch (node.op) {
    case Op::cumsum:
      return adjoint_cumsum(reverse, node, g);
    case Op::standardize:
      return adjoint_standardize(reverse, node, g);
    case Op::standardize_gradient:
      return adjoint_standardize_gradient(reverse, node, g);
    case Op::quantile:
      return adjoint_quantile(reverse, node, g);
    default:
      throw NoDerivative{};
  }
}

}  // namespace duet
