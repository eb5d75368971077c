#include "tests/engines/random_program/composer.h"

namespace duet::test {

void Composer::take() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  const Type rest = program_.type(*x).without(axis.name);
  if (chance(0.5)) {
    const ValueId i = builder_.constant(static_cast<double>(below(static_cast<size_t>(axis.size))), {});
    return keep(builder_.emit1(Op::take, {*x, i}, rest, {}, {{"axis", axis.name}}), exact(*x));
  }
  Axes drawn = some_axes(universe_);
  std::erase_if(drawn, [&](const Axis& own) {
    return own.name == axis.name || (rest.has(own.name) && rest.size_of(own.name) != own.size);
  });
  drawn.push_back(axis);
  const ValueId i = builder_.reduce(any_of({Op::argmax, Op::argmin}), noise(drawn), {axis.name}, {});
  const Type result{Kind::real, *merge_axes(rest.axes, axes(i))};
  if (result.elements() > most_) return;
  keep(i);
  keep(builder_.emit1(Op::take, {*x, i}, result, {}, {{"axis", axis.name}}), exact(*x));
}

void Composer::take_top() {
  const auto x = exact_with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x), top{fresh_axis(), 1 + static_cast<int64_t>(below(static_cast<size_t>(axis.size)))};
  Type result = program_.type(*x).without(axis.name);
  result.axes.push_back(top);
  result.kind = Kind::index;
  const ValueId i = builder_.emit1(any_of({Op::top_k, Op::bottom_k}), {*x}, result, {},
                                   {{"axes", Names{axis.name}}, {"axis", top.name}, {"count", top.size}});
  keep(i);
  result.kind = Kind::real;
  keep(builder_.emit1(Op::take, {*x, i}, result, {}, {{"axis", axis.name}}), true);
}

void Composer::slice() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  const int64_t from = static_cast<int64_t>(below(static_cast<size_t>(axis.size)));
  const int64_t to = from + 1 + static_cast<int64_t>(below(static_cast<size_t>(axis.size - from)));
  keep(builder_.slice(*x, axis.name, from, chance(0.3) ? -1 : to, {}), exact(*x));
}

void Composer::concat() {
  const auto x = with_axes(), y = x ? beside(*x) : x;
  if (!y) return;
  const std::string axis = axis_of(*x).name;
  const Type with_x = program_.type(*x), with_y = program_.type(*y);
  Axes all = *merge_axes(with_x.without(axis).axes, with_y.without(axis).axes);
  const int64_t size = with_x.size_of(axis) + (with_y.has(axis) ? with_y.size_of(axis) : 1);
  all.push_back({axis, size});
  if (Type{Kind::real, all}.elements() > most_) return;
  keep(builder_.emit1(Op::concat, {*x, *y}, {Kind::real, shuffled(all)}, {}, {{"axis", axis}}), exact(*x) && exact(*y));
}

void Composer::expand() {
  const auto x = real();
  if (!x) return;
  Axes all = axes(*x);
  for (const Axis& axis : universe_)
    if (!program_.type(*x).has(axis.name) && chance(0.2)) all.push_back(axis);
  if (Type{Kind::real, all}.elements() > most_) return;
  keep(builder_.expand(*x, shuffled(all), {}), exact(*x));
}

void Composer::rename() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x);
  const auto to = std::ranges::find_if(
      universe_, [&](const Axis& other) { return other.size == axis.size && !program_.type(*x).has(other.name); });
  keep(builder_.rename(*x, axis.name, to == universe_.end() ? fresh_axis() : to->name, {}), exact(*x));
}

void Composer::join() {
  const auto x = with_axes();
  if (!x) return;
  Names from;
  Type result = program_.type(*x);
  int64_t size = 1;
  for (const Axis& axis : shuffled(axes(*x))) {
    if (!from.empty() && chance(0.4)) continue;
    from.push_back(axis.name);
    size *= axis.size;
    result = result.without(axis.name);
  }
  Names to{fresh_axis()};
  const int64_t two = size % 2 == 0 && chance(0.5) ? 2 : 1;
  result.axes.push_back({to[0], size / two});
  if (two == 2) {
    to.push_back(fresh_axis());
    result.axes.push_back({to[1], 2});
  }
  keep(builder_.emit1(Op::reshape, {*x}, result, {}, {{"from", from}, {"to", to}}), exact(*x));
}

/// What was taken is put back, more than once where an element was taken more than once.
void Composer::scatter() {
  const auto x = with_axes();
  if (!x) return;
  const Axis axis = axis_of(*x), times{fresh_axis(), 4};
  const Type whole = program_.type(*x);
  const ValueId i = builder_.reduce(Op::argmax, noise(shuffled(Axes{axis, times})), {axis.name}, {});
  const Type part{Kind::real, *merge_axes(whole.without(axis.name).axes, axes(i))};
  if (part.elements() > most_) return;
  const ValueId taken = builder_.emit1(Op::take, {*x, i}, part, {}, {{"axis", axis.name}});
  keep(builder_.emit1(Op::put, {taken, i}, whole, {}, {{"axis", axis.name}}));
}

void Composer::pad() {
  const auto x = with_axes();
  if (!x) return;
  Type type = program_.type(*x);
  Axis& axis = type.axes[below(type.axes.size())];
  const int64_t before = static_cast<int64_t>(below(3));
  axis.size += before + static_cast<int64_t>(below(3));
  if (type.elements() > most_) return;
  const std::string name = axis.name;
  keep(builder_.emit1(Op::pad, {*x}, type, {}, {{"axis", name}, {"before", before}}), exact(*x));
}

}  // namespace duet::test
