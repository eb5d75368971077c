#include "tests/engines/random_program/composer.h"

namespace duet::test {

ValueId Composer::inside(const std::vector<ValueId>& parameters, int count) {
  const size_t outside = values_.size();
  for (const ValueId id : parameters) keep(id);
  ++depth_;
  steps(count);
  --depth_;
  ValueId last = parameters.back();
  for (size_t i = outside; i < values_.size(); ++i)
    if (program_.type(values_[i]).kind == Kind::real) last = values_[i];
  values_.resize(outside);
  return last;
}

ValueId Composer::fitted(ValueId x, Axes wanted) {
  Names others;
  for (const Axis& axis : axes(x)) {
    const auto same = std::ranges::find(wanted, axis.name, &Axis::name);
    if (same == wanted.end() || same->size != axis.size) others.push_back(axis.name);
  }
  if (!others.empty()) x = builder_.reduce(Op::mean, x, others, {});
  return builder_.expand(x, wanted, {});
}

ValueId Composer::next(ValueId carry, ValueId made) {
  const ValueId moved = builder_.unary(Op::tanh, fitted(made, axes(carry)), {});
  return builder_.binary(Op::add, scaled(carry, 0.5), moved, {});
}

void Composer::iterate() {
  const auto x = real();
  if (!x || depth_ > 1) return;
  const Type type = program_.type(*x);
  builder_.open();
  const ValueId index = builder_.parameter({}), carry = builder_.parameter(type);
  const ValueId made = inside({index, carry}, 4);
  const ValueId result = next(carry, made);
  Block block = builder_.close();
  block.results = {result};
  emit_loop(Op::iterate, {*x}, {type}, {{"count", any_of<int64_t>({1, 3})}}, std::move(block));
}

void Composer::scan() {
  const auto sequence = with_axes(), start = real();
  if (!sequence || !start || depth_ > 1) return;
  const Axis axis = axis_of(*sequence);
  const int64_t from = axis.size > 1 && chance(0.3) ? 1 : 0, count = axis.size - from;
  const Type type = program_.type(*start);
  builder_.open();
  const ValueId h = builder_.parameter({}), carry = builder_.parameter(type);
  const ValueId part = builder_.parameter(program_.type(*sequence).without(axis.name));
  ValueId made = inside({h, carry, part}, 4);
  const ValueId result = next(carry, made);
  if (program_.type(made).has(axis.name)) made = scalar(made);
  Block block = builder_.close();
  block.results = {result, made};
  Type stacked = program_.type(made);
  stacked.axes.insert(stacked.axes.begin(), {axis.name, count});
  Attributes attributes{
      {"axis", axis.name}, {"from", from}, {"count", count}, {"carries", int64_t{1}}, {"sequences", int64_t{1}}};
  if (chance(0.2)) attributes["reverse"] = int64_t{1};
  emit_loop(Op::scan, {*start, *sequence}, {type, stacked}, std::move(attributes), std::move(block));
}

void Composer::gradient() {
  const auto x = real();
  if (!x || depth_ > 0) return;
  const Type type = program_.type(*x);
  builder_.open();
  const ValueId parameter = builder_.parameter(type);
  differentiating_ = true;  // a choice of weights is made by passes after those that write derivatives
  const ValueId made = inside({parameter}, 5);
  differentiating_ = false;
  const ValueId loss = builder_.binary(Op::add, scalar(made), scalar(builder_.unary(Op::tanh, parameter, {})), {});
  Block block = builder_.close();
  block.results = {loss};
  emit_loop(Op::gradient, {*x}, {{}, type}, {}, std::move(block));
}

void Composer::emit_loop(Op op, std::vector<ValueId> inputs, std::vector<Type> results, Attributes attributes,
                         Block block) {
  std::vector<Block> blocks;
  blocks.push_back(std::move(block));
  for (const ValueId id :
       builder_.emit(op, std::move(inputs), std::move(results), {}, std::move(attributes), std::move(blocks)))
    keep(id);
}

void Composer::choose() {
  const auto x = real();
  if (!x || depth_ > 1) return;
  const Type type = program_.type(*x);
  std::vector<Block> blocks;
  for (int i = 0; i < 2; ++i) {
    builder_.open();
    const ValueId result = fitted(inside({*x}, 3), type.axes);
    Block block = builder_.close();
    block.results = {result};
    blocks.push_back(std::move(block));
  }
  const ValueId which = builder_.constant(any_of({2.0, 5.5}), {});
  keep(builder_.emit1(Op::choose, {which}, type, {}, {{"cases", std::vector<int64_t>{2, 5}}}, std::move(blocks)));
}

void Composer::roll_out() {
  if (!heavy_ || depth_ > 0) return;
  const Axis row{"many", any_of<int64_t>({120, 250})}, h{fresh_axis(), 3}, in{fresh_axis(), 50}, out{fresh_axis(), 50};
  const Axis u{in.name, 6};
  const ValueId controls = noise(shuffled(Axes{h, row, u}));
  const ValueId start = chance(0.5) ? builder_.expand(noise({in}), {row, in}, {}) : noise({row, in});
  const ValueId w = scaled(noise(shuffled(Axes{{in.name, in.size + u.size}, out})), 1 / std::sqrt(in.size));
  const ValueId b = noise({out});
  const Type type = program_.type(start);
  builder_.open();
  const ValueId step = builder_.parameter({}), state = builder_.parameter(type);
  const ValueId control = builder_.parameter(program_.type(controls).without(h.name));
  const ValueId input = builder_.emit1(Op::concat, {state, control}, {Kind::real, {row, {in.name, in.size + u.size}}},
                                       {}, {{"axis", in.name}});
  const ValueId y =
      builder_.emit1(Op::linear, {input, w, b}, {Kind::real, {row, out}}, {}, {{"in", in.name}, {"out", out.name}});
  const ValueId made = inside({step, state, y}, 3);
  const ValueId moved = builder_.rename(builder_.unary(any_of({Op::relu, Op::tanh}), y, {}), out.name, in.name, {});
  const ValueId result = next(moved, made);
  const ValueId gain = builder_.reduce(Op::mean, y, {out.name}, {});
  Block block = builder_.close();
  block.results = {result, gain};
  emit_loop(
      Op::scan, {start, controls}, {type, {Kind::real, {h, row}}},
      {{"axis", h.name}, {"from", int64_t{0}}, {"count", h.size}, {"carries", int64_t{1}}, {"sequences", int64_t{1}}},
      std::move(block));
}

}  // namespace duet::test
