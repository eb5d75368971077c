// Derivatives of operations on elements and of reductions. Where several choices are possible (kinks, ties) they are
// those of LibTorch: none at the kink of relu and abs, shared evenly between equals.
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

ValueId one_minus(Emitter& emit, ValueId x) {
  return emit.sub(emit.number(1), x);
}

/// sigmoid(x) * (1 + x * (1 - sigmoid(x))), with y = x * sigmoid(x).
ValueId swish_slope(Emitter& emit, ValueId x, ValueId y) {
  const ValueId s = emit.unary(Op::sigmoid, x);
  return emit.add(s, emit.mul(y, one_minus(emit, s)));
}

/// sqrt(1 - x^2).
ValueId cosine(Emitter& emit, ValueId x) {
  return emit.unary(Op::sqrt, one_minus(emit, emit.unary(Op::square, x)));
}

/// The derivative towards x, or nothing for operations that none flows through.
ValueId through_unary(Emitter& emit, Op op, ValueId x, ValueId y, ValueId g) {
  switch (op) {
    case Op::neg:
      return emit.neg(g);
    case Op::abs:
      return emit.mul(g, emit.unary(Op::sign, x));
    case Op::exp:
      return emit.mul(g, y);
    case Op::log:
      return emit.div(g, x);
    case Op::sqrt:
      return emit.div(g, emit.mul(emit.number(2), y));
    case Op::square:
      return emit.mul(emit.mul(emit.number(2), g), x);
    case Op::sin:
      return emit.mul(g, emit.unary(Op::cos, x));
    case Op::cos:
      return emit.neg(emit.mul(g, emit.unary(Op::sin, x)));
    case Op::tanh:
      return emit.mul(g, one_minus(emit, emit.unary(Op::square, y)));
    case Op::asin:
      return emit.div(g, cosine(emit, x));
    case Op::acos:
      return emit.neg(emit.div(g, cosine(emit, x)));
    case Op::atan:
      return emit.div(g, emit.add(emit.number(1), emit.unary(Op::square, x)));
    case Op::relu:
      return emit.select(emit.binary(Op::less, emit.number(0), y), g, emit.number(0));
    case Op::swish:
      return emit.mul(g, swish_slope(emit, x, y));
    case Op::sigmoid:
      return emit.mul(g, emit.mul(y, one_minus(emit, y)));
    case Op::softplus:
      return emit.mul(g, emit.unary(Op::sigmoid, x));
    default:
      throw NoDerivative{};
  }
}

/// b * a^(b - 1), and 0 where b is 0 even if a is.
ValueId power_slope(Emitter& emit, ValueId a, ValueId b) {
  if (const auto exponent = emit.known(b)) {
    if (*exponent == 2) return emit.mul(emit.number(2), a);
    return emit.mul(b, emit.binary(Op::pow, a, emit.number(*exponent - 1)));
  }
  const ValueId slope = emit.mul(b, emit.binary(Op::pow, a, emit.sub(b, emit.number(1))));
  return emit.select(emit.binary(Op::equal, b, emit.number(0)), emit.number(0), slope);
}

void adjoint_pow(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.results[0];
  if (reverse.wants(a) && emit.known(b) != 0.0) reverse.give(a, emit.mul(g, power_slope(emit, a, b)), y);
  if (!reverse.wants(b)) return;
  // y * log(a), and 0 where a is 0 and y is 0 or 1: there it does not change with b.
  const ValueId zero = emit.number(0), at_zero = emit.binary(Op::equal, a, zero);
  const ValueId still = emit.binary(Op::logical_and, at_zero, emit.binary(Op::less_equal, zero, b));
  reverse.give(b, emit.mul(g, emit.select(still, zero, emit.mul(y, emit.unary(Op::log, a)))), y);
}

/// The derivative goes to the operand that was taken, half to each of equals.
void adjoint_extreme(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId y = node.results[0];
  const ValueId shared = emit.binary(Op::equal, node.inputs[0], node.inputs[1]);
  const ValueId part = emit.select(shared, emit.mul(emit.number(0.5), g), g);
  for (const size_t i : {0u, 1u}) {
    if (!reverse.wants(node.inputs[i])) continue;
    const ValueId own = node.inputs[i], other = node.inputs[1 - i];
    const ValueId lost = node.op == Op::maximum ? emit.binary(Op::less, own, other) : emit.binary(Op::less, other, own);
    reverse.give(own, emit.select(lost, emit.number(0), part), y);
  }
}

/// y = atan2(a, b): b / (a^2 + b^2) and -a / (a^2 + b^2).
void adjoint_angle(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.results[0];
  const ValueId length = emit.add(emit.unary(Op::square, a), emit.unary(Op::square, b));
  const ValueId part = emit.div(g, length);
  if (reverse.wants(a)) reverse.give(a, emit.mul(part, b), y);
  if (reverse.wants(b)) reverse.give(b, emit.mul(part, a), y, -1);
}

void adjoint_div(Reverse& reverse, const Node& node, ValueId g) {
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.results[0];
  const ValueId part = reverse.emit.div(g, b);
  reverse.give(a, part, y);
  if (reverse.wants(b)) reverse.give(b, reverse.emit.mul(part, y), y, -1);
}

/// Elements that equal the extreme share evenly.
void adjoint_extremes(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0];
  const ValueId chosen = emit.binary(Op::equal, x, node.results[0]);
  const ValueId share = emit.div(g, emit.reduce(Op::sum, chosen, node.texts("axes")));
  reverse.add(x, emit.select(chosen, share, emit.number(0)));
}

/// (x - mean(x)) / (n * y); where y is 0 all x are equal, and the derivative is 0.
void adjoint_deviation(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0], y = node.results[0];
  const std::vector<std::string>& axes = node.texts("axes");
  const ValueId none = emit.binary(Op::equal, y, emit.number(0));
  const ValueId scale = emit.mul(emit.count(x, axes), emit.select(none, emit.number(1), y));
  const ValueId difference = emit.sub(x, emit.reduce(Op::mean, x, axes));
  reverse.add(x, emit.mul(emit.div(emit.select(none, emit.number(0), g), scale), difference));
}

}  // namespace

void adjoint_unary(Reverse& reverse, const Node& node, ValueId g) {
  const ValueId x = node.inputs[0];
  reverse.add(x, through_unary(reverse.emit, node.op, x, node.results[0], g));
}

void adjoint_binary(Reverse& reverse, const Node& node, ValueId g) {
  const ValueId a = node.inputs[0], b = node.inputs[1], y = node.results[0];
  switch (node.op) {
    case Op::add:
      reverse.give(a, g, y);
      return reverse.give(b, g, y);
    case Op::sub:
      reverse.give(a, g, y);
      return reverse.give(b, g, y, -1);
    case Op::mul:
      if (reverse.wants(a)) reverse.give(a, reverse.emit.mul(g, b), y);
      if (reverse.wants(b)) reverse.give(b, reverse.emit.mul(g, a), y);
      return;
    case Op::div:
      return adjoint_div(reverse, node, g);
    case Op::pow:
      return adjoint_pow(reverse, node, g);
    case Op::minimum:
    case Op::maximum:
      return adjoint_extreme(reverse, node, g);
    case Op::atan2:
      return adjoint_angle(reverse, node, g);
    default:
      throw NoDerivative{};
  }
}

void adjoint_reduce(Reverse& reverse, const Node& node, ValueId g) {
  const ValueId x = node.inputs[0];
  switch (node.op) {
    case Op::sum:
      return reverse.add(x, g);
    case Op::mean:
      return reverse.add(x, reverse.emit.div(g, reverse.emit.count(x, node.texts("axes"))));
    case Op::min:
    case Op::max:
      return adjoint_extremes(reverse, node, g);
    case Op::std:
      return adjoint_deviation(reverse, node, g);
    default:
      throw NoDerivative{};
  }
}

}  // namespace duet
