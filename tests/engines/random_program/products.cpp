#include "tests/engines/random_program/composer.h"

namespace duet::test {

void Composer::add_layers() {
  const Axis row{"many", any_of<int64_t>({120, 250, 333})}, member{"member", any_of<int64_t>({1, 3})};
  int64_t in = any_of<int64_t>({40, 64});
  ValueId x = noise(shuffled(Axes{row, {"in", in}}));
  for (int layer = 0; layer < 2; ++layer) {
    const int64_t out = any_of<int64_t>({48, 64, 100});
    const ValueId w = scaled(noise(shuffled(Axes{member, {"in", in}, {"out", out}})), 1 / std::sqrt(in));
    const Axes result{member, row, {"out", out}};
    const ValueId y = builder_.emit1(Op::linear, {x, w, noise({{"out", out}})}, {Kind::real, result}, {},
                                     {{"in", std::string("in")}, {"out", std::string("out")}});
    keep(y);
    x = builder_.rename(builder_.unary(any_of({Op::relu, Op::swish, Op::tanh}), y, {}), "out", "in", {});
    in = out;
  }
  keep(builder_.reduce(Op::mean, x, {"in"}, {}));
  keep(builder_.reduce(Op::sum, scaled(x, 1e-2), {"many"}, {}));
}

void Composer::linear() {
  const auto x = with_axes();
  if (!x) return;
  const Axis in = axis_of(*x), out{fresh_axis(), any_of<int64_t>({1, 2, 5, 8})};
  Axes mapped;
  for (const Axis& axis : universe_)
    if (!program_.type(*x).has(axis.name) && mapped.empty() && chance(0.2)) mapped.push_back(axis);
  Axes inner = mapped;
  for (const Axis& axis : axes(*x))
    if (axis.name != in.name && chance(0.3)) inner.push_back(axis);
  Axes bias = inner;
  std::erase_if(bias, [&](const Axis&) { return chance(0.5); });
  for (const Axis& axis : axes(*x))
    if (axis.name != in.name && std::ranges::find(bias, axis) == bias.end() && chance(0.15)) bias.push_back(axis);
  bias.push_back(out);
  inner.push_back(in);
  inner.push_back(out);
  Axes rest = program_.type(*x).without(in.name).axes;
  rest.push_back(out);
  if (chance(0.2)) rest = shuffled(rest);
  Axes result = mapped;
  result.insert(result.end(), rest.begin(), rest.end());
  if (Type{Kind::real, result}.elements() > most_ || Type{Kind::real, inner}.elements() > most_) return;
  Attributes attributes{{"in", in.name}, {"out", out.name}};
  std::vector<ValueId> inputs{*x, noise(shuffled(inner)), noise(shuffled(bias))};
  if (!differentiating_ && chance(0.25)) choose_weights(inputs, inner, bias, attributes);
  const ValueId y = builder_.emit1(Op::linear, inputs, {Kind::real, result}, {}, attributes);
  keep(builder_.unary(any_of({Op::relu, Op::tanh, Op::swish}), scaled(y, 1 / std::sqrt(in.size)), {}));
}

void Composer::choose_weights(std::vector<ValueId>& inputs, Axes weights, Axes bias, Attributes& attributes) {
  const Axis by{fresh_axis(), 3};
  Axes shared;
  for (const Axis& axis : axes(inputs[0]))
    if (axis.name != std::get<std::string>(attributes.at("in")) && shared.empty()) shared.push_back(axis);
  for (const Axis& axis : shared) {
    std::erase(weights, axis);
    std::erase(bias, axis);
  }
  weights.push_back(by);
  if (chance(0.7)) bias.push_back(by);
  Axes drawn = shared;
  drawn.push_back(by);
  attributes["by"] = by.name;
  inputs = {inputs[0], noise(shuffled(weights)), noise(shuffled(bias)),
            builder_.reduce(Op::argmax, noise(drawn), {by.name}, {})};
}

void Composer::contract() {
  const auto x = with_axes();
  const auto y = x ? find([&](ValueId id) { return shares(*x, id); }) : x;
  if (!y) return;
  Axes all = *merge_axes(axes(*x), axes(*y));
  Names summed;
  double terms = 1;
  for (const Axis& axis : axes(*x)) {
    if (!program_.type(*y).has(axis.name) || (!summed.empty() && chance(0.6))) continue;
    summed.push_back(axis.name);
    terms *= static_cast<double>(axis.size);
  }
  std::erase_if(all, [&](const Axis& axis) { return std::ranges::count(summed, axis.name) > 0; });
  ValueId z = builder_.emit1(Op::contract, {*x, *y}, {Kind::real, shuffled(all)}, {}, {{"axes", summed}});
  if (chance(0.4)) z = with_factor(z);
  keep(scaled(z, 1 / terms));
}

ValueId Composer::with_factor(ValueId x) {
  const ValueId factor = noise(shuffled(axes(x)));
  if (chance(0.5)) return builder_.binary(Op::mul, x, factor, {});
  const ValueId zero = builder_.constant(0, {});
  return builder_.select(builder_.binary(Op::less, zero, factor, {}), x, zero, {});
}

bool Composer::shares(ValueId x, ValueId y) const {
  const auto all = merge_axes(axes(x), axes(y));
  if (!all || Type{Kind::real, *all}.elements() > 20 * most_) return false;
  Type result{Kind::real, *all};
  bool any = false;
  for (const Axis& axis : axes(x)) any |= program_.type(y).has(axis.name);
  return any && result.elements() <= 20 * most_;
}

/// Rows with the same index go through the same layer.
void Composer::group() {
  const auto x = with_axes();
  if (!x || differentiating_) return;
  const Axis in = axes(*x).back(), out{fresh_axis(), 3}, member{fresh_axis(), 2};
  Type rows = program_.type(*x).without(in.name);
  Axes drawn = some_axes(rows.axes);
  drawn.push_back(member);
  const ValueId k = builder_.reduce(Op::argmax, noise(drawn), {member.name}, {});
  const ValueId w = noise(shuffled(Axes{member, in, out})), b = noise({member, out});
  builder_.open();
  const ValueId m = builder_.parameter({Kind::index, {}});
  const ValueId row = builder_.parameter({Kind::real, {{"row", kUnknownSize}, in}});
  const auto mine = [&](ValueId all) {
    return builder_.emit1(Op::take, {all, m}, program_.type(all).without(member.name), {}, {{"axis", member.name}});
  };
  const ValueId weights = mine(w), bias = mine(b);
  const ValueId y = builder_.emit1(Op::linear, {row, weights, bias}, {Kind::real, {{"row", kUnknownSize}, out}}, {},
                                   {{"in", in.name}, {"out", out.name}});
  Block block = builder_.close();
  block.results = {builder_.current(y)};
  rows.axes = *merge_axes(axes(k), rows.axes);
  rows.axes.push_back(out);
  std::vector<Block> blocks;
  blocks.push_back(std::move(block));
  const ValueId made =
      builder_.emit1(Op::group, {k, *x}, rows, {}, {{"axis", member.name}, {"count", member.size}}, std::move(blocks));
  keep(scaled(made, 1 / std::sqrt(in.size)));
}

}  // namespace duet::test
