#include "tests/engines/random_program/composer.h"

namespace duet::test {

void Composer::unary() {
  const auto x = real();
  if (!x) return;
  const Op op = any_of({Op::tanh, Op::sin, Op::cos, Op::swish, Op::sigmoid, Op::softplus, Op::relu, Op::atan, Op::neg,
                        Op::abs, Op::stop});
  keep(builder_.unary(op, *x, {}), exact(*x) && (op == Op::relu || op == Op::neg || op == Op::abs || op == Op::stop));
}

void Composer::binary() {
  const auto x = real(), y = x ? beside(*x) : x;
  if (!y) return;
  const Op op = any_of({Op::add, Op::sub, Op::mul, Op::minimum, Op::maximum});
  const ValueId z = builder_.binary(op, *x, *y, {});
  const bool selects = op == Op::minimum || op == Op::maximum;
  if (op == Op::mul && chance(0.7)) return keep(builder_.unary(Op::tanh, z, {}));
  keep(z, selects && exact(*x) && exact(*y));
}

void Composer::divide() {
  const auto x = real(), y = x ? beside(*x) : x;
  if (!y) return;
  const ValueId below = builder_.binary(Op::add, builder_.constant(1, {}), builder_.unary(Op::square, *y, {}), {});
  keep(builder_.binary(Op::div, *x, below, {}));
}

void Composer::select() {
  const auto x = exact_with_axes(), y = x ? beside(*x) : x;
  if (!y) return;
  const Op op = any_of({Op::less, Op::less_equal, Op::equal, Op::not_equal});
  const ValueId condition = builder_.binary(op, *x, builder_.constant(any_of({0.0, 0.5}), {}), {});
  if (chance(0.3)) return keep(builder_.cast(condition, Kind::real, {}), true);
  keep(builder_.select(condition, *x, *y, {}), exact(*y));
}

void Composer::reduce() {
  const auto x = with_axes();
  if (!x) return;
  Names names;
  for (const Axis& axis : axes(*x))
    if (names.empty() || chance(0.3)) names.push_back(axis.name);
  std::ranges::shuffle(names, generator_);
  const Op op = any_of({Op::sum, Op::sum, Op::mean, Op::min, Op::max});
  ValueId y = builder_.reduce(op, *x, names, {});
  if (op == Op::sum) y = scaled(y, 0.3);
  keep(y, exact(*x) && (op == Op::min || op == Op::max));
}

void Composer::along() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  Attributes attributes{{"axes", Names{axis.name}}};
  if (axis.size > 1 && chance(0.5)) {
    // Elements that are almost alike would have their roundings magnified.
    const ValueId apart = builder_.binary(Op::add, *x, noise(axes(*x)), {});
    return keep(builder_.emit1(Op::standardize, {apart}, program_.type(apart), {}, attributes));
  }
  if (chance(0.5)) attributes["reverse"] = int64_t{1};
  const ValueId sum = builder_.emit1(Op::cumsum, {*x}, program_.type(*x), {}, attributes);
  keep(scaled(sum, 1 / std::sqrt(axis.size)));
}

void Composer::quantile() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  const ValueId q = chance(0.5) ? builder_.constant(0.3, {}) : noise({}, "uniform");
  keep(builder_.emit1(Op::quantile, {*x, q}, program_.type(*x).without(axis.name), {}, {{"axes", Names{axis.name}}}));
}

void Composer::draw() {
  keep(noise(some_axes(universe_), any_of({"normal", "uniform", "truncated"})));
}

void Composer::pick() {
  Axes all = some_axes(universe_);
  if (all.empty()) return;
  const std::string axis = all[0].name;
  Axes drawn = shuffled(Axes(all.begin() + 1, all.end()));
  for (const Axis& other : universe_)
    if (other.name != axis && std::ranges::find(drawn, other) == drawn.end() && chance(0.2)) drawn.push_back(other);
  keep(builder_.emit1(Op::categorical, {noise(shuffled(all), "uniform")}, {Kind::index, drawn}, {},
                      {{"axes", Names{axis}}, {"site", ++sites_}}));
}

/// Not of elements that are almost alike, whose roundings would be magnified.
void Composer::deviate() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  if (axis.size == 1) return;
  const ValueId apart = builder_.binary(Op::add, *x, noise(axes(*x)), {});
  keep(builder_.reduce(Op::std, apart, {axis.name}, {}));
}

/// Numbers that are known beforehand.
void Composer::count() {
  const Axis axis = universe_[below(universe_.size())];
  if (chance(0.5))
    return keep(builder_.emit1(Op::iota, {}, {Kind::real, {axis}}, {}, {{"axis", axis.name}, {"count", axis.size}}),
                true);
  std::vector<double> numbers;
  for (int64_t i = 0; i < axis.size; ++i) numbers.push_back(0.25 * static_cast<double>(below(9)) - 1);
  keep(builder_.emit1(Op::values, {}, {Kind::real, {axis}}, {}, {{"axis", axis.name}, {"values", numbers}}), true);
}

}  // namespace duet::test
