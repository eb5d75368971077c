#include "tests/engines/random_program.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <set>

#include "compiler/graph/builder.h"

namespace duet::test {

namespace {

using Axes = std::vector<Axis>;
using Names = std::vector<std::string>;

class Composer {
 public:
  Composer(unsigned seed, bool heavy) : generator_(seed), builder_(program_), most_(heavy ? 60000 : 2000) {}

  Program compose(bool heavy) {
    for (const char* name : {"a", "b", "c", "d", "e"}) universe_.push_back({name, any_of<int64_t>({1, 2, 3, 4, 5, 7})});
    builder_.open();
    for (int i = 0; i < 4; ++i) keep(noise(some_axes(universe_)));
    if (heavy) add_layers();
    steps(16);
    std::vector<ValueId> results{values_.back()};
    for (int i = 0; i < 5; ++i) results.push_back(any());
    program_.main = builder_.close();
    program_.main.results = results;
    return std::move(program_);
  }

 private:
  // --- choosing -----------------------------------------------------------------------------------------------------

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(generator_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(generator_); }
  template <class T>
  T any_of(std::initializer_list<T> all) {
    return all.begin()[below(all.size())];
  }
  template <class T>
  std::vector<T> shuffled(std::vector<T> all) {
    std::ranges::shuffle(all, generator_);
    return all;
  }
  Axes some_axes(Axes all) {
    all = shuffled(std::move(all));
    all.resize(below(std::min<size_t>(all.size(), 3) + 1));
    return all;
  }

  const Axes& axes(ValueId x) const { return program_.type(x).axes; }
  const Axis& axis_of(ValueId x) { return axes(x)[below(axes(x).size())]; }
  ValueId any() { return values_[below(values_.size())]; }

  /// A real value that fulfils a condition, the latest ones more often.
  template <class Condition>
  std::optional<ValueId> find(const Condition& condition) {
    std::vector<ValueId> fitting;
    for (const ValueId id : values_)
      if (program_.type(id).kind == Kind::real && condition(id)) fitting.push_back(id);
    if (fitting.empty()) return {};
    const size_t last = std::min<size_t>(fitting.size(), 4);
    return chance(0.5) ? fitting[fitting.size() - 1 - below(last)] : fitting[below(fitting.size())];
  }
  std::optional<ValueId> real() {
    return find([](ValueId) { return true; });
  }
  std::optional<ValueId> with_axes() {
    return find([&](ValueId id) { return !axes(id).empty(); });
  }
  /// One without any rounding in it.
  std::optional<ValueId> exact_with_axes() {
    return find([&](ValueId id) { return exact_.count(id) && !axes(id).empty(); });
  }
  /// One whose axes have the sizes of those of `x`, where both have them, and not too many together.
  std::optional<ValueId> beside(ValueId x) {
    return find([&](ValueId id) {
      const auto all = merge_axes(axes(x), axes(id));
      return all && Type{Kind::real, *all}.elements() <= most_;
    });
  }

  // --- values -------------------------------------------------------------------------------------------------------

  void keep(ValueId id) { values_.push_back(id); }
  void keep(ValueId id, bool exact) {
    if (exact) exact_.insert(id);
    keep(id);
  }
  bool exact(ValueId id) const { return exact_.count(id) > 0; }

  ValueId noise(Axes axes, const std::string& distribution = "normal") {
    Attributes attributes{{"distribution", distribution}, {"site", ++sites_}};
    if (distribution == "truncated") attributes["bound"] = 1.5;
    const ValueId id = builder_.emit1(Op::noise, {}, {Kind::real, std::move(axes)}, {}, std::move(attributes));
    exact_.insert(id);
    return id;
  }
  ValueId scaled(ValueId x, double factor) { return builder_.binary(Op::mul, x, builder_.constant(factor, {}), {}); }
  std::string fresh_axis() { return "n" + std::to_string(++fresh_); }
  ValueId scalar(ValueId x) {
    Names names;
    for (const Axis& axis : axes(x)) names.push_back(axis.name);
    return names.empty() ? x : builder_.reduce(Op::mean, x, names, {});
  }

  /// Layers on many rows.
  void add_layers() {
    const Axis row{"row", any_of<int64_t>({120, 250, 333})}, member{"member", any_of<int64_t>({1, 3})};
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
    keep(builder_.reduce(Op::sum, scaled(x, 1e-2), {"row"}, {}));
  }

  // --- steps --------------------------------------------------------------------------------------------------------

  void steps(int count) {
    using Step = void (Composer::*)();
    static constexpr Step kSteps[] = {
        &Composer::unary,    &Composer::unary,    &Composer::binary, &Composer::binary,   &Composer::divide,
        &Composer::select,   &Composer::reduce,   &Composer::reduce, &Composer::linear,   &Composer::linear,
        &Composer::contract, &Composer::contract, &Composer::take,   &Composer::take_top, &Composer::slice,
        &Composer::concat,   &Composer::expand,   &Composer::rename, &Composer::join,     &Composer::along,
        &Composer::quantile, &Composer::draw,     &Composer::pick,   &Composer::scan,     &Composer::iterate,
        &Composer::gradient};
    for (int i = 0; i < count; ++i) (this->*kSteps[below(std::size(kSteps))])();
  }

  void unary() {
    const auto x = real();
    if (!x) return;
    const Op op = any_of({Op::tanh, Op::sin, Op::cos, Op::swish, Op::sigmoid, Op::softplus, Op::relu, Op::atan, Op::neg,
                          Op::abs, Op::stop});
    keep(builder_.unary(op, *x, {}), exact(*x) && (op == Op::relu || op == Op::neg || op == Op::abs || op == Op::stop));
  }

  void binary() {
    const auto x = real(), y = x ? beside(*x) : x;
    if (!y) return;
    const Op op = any_of({Op::add, Op::sub, Op::mul, Op::minimum, Op::maximum});
    const ValueId z = builder_.binary(op, *x, *y, {});
    const bool selects = op == Op::minimum || op == Op::maximum;
    if (op == Op::mul && chance(0.7)) return keep(builder_.unary(Op::tanh, z, {}));
    keep(z, selects && exact(*x) && exact(*y));
  }

  /// x / (1 + y^2)
  void divide() {
    const auto x = real(), y = x ? beside(*x) : x;
    if (!y) return;
    const ValueId below = builder_.binary(Op::add, builder_.constant(1, {}), builder_.unary(Op::square, *y, {}), {});
    keep(builder_.binary(Op::div, *x, below, {}));
  }

  void select() {
    const auto x = exact_with_axes(), y = x ? beside(*x) : x;
    if (!y) return;
    const Op op = any_of({Op::less, Op::less_equal, Op::equal, Op::not_equal});
    const ValueId condition = builder_.binary(op, *x, builder_.constant(any_of({0.0, 0.5}), {}), {});
    if (chance(0.3)) return keep(builder_.cast(condition, Kind::real, {}), true);
    keep(builder_.select(condition, *x, *y, {}), exact(*y));
  }

  void reduce() {
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

  /// Weights with axes that x has (walked together), others (mapped over), or chosen by an index.
  void linear() {
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

  /// One of several weights for each element of a shared axis.
  void choose_weights(std::vector<ValueId>& inputs, Axes weights, Axes bias, Attributes& attributes) {
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

  void contract() {
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
    const ValueId z = builder_.emit1(Op::contract, {*x, *y}, {Kind::real, shuffled(all)}, {}, {{"axes", summed}});
    keep(scaled(z, 1 / terms));
  }

  /// Whether there is something to sum over, and not too much comes out.
  bool shares(ValueId x, ValueId y) const {
    const auto all = merge_axes(axes(x), axes(y));
    if (!all || Type{Kind::real, *all}.elements() > 20 * most_) return false;
    Type result{Kind::real, *all};
    bool any = false;
    for (const Axis& axis : axes(x)) any |= program_.type(y).has(axis.name);
    return any && result.elements() <= 20 * most_;
  }

  /// Element i along an axis; i is a number, or an index with axes of its own.
  void take() {
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

  void take_top() {
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

  void slice() {
    const auto x = with_axes();
    if (!x) return;
    const Axis axis = axis_of(*x);
    const int64_t from = static_cast<int64_t>(below(static_cast<size_t>(axis.size)));
    const int64_t to = from + 1 + static_cast<int64_t>(below(static_cast<size_t>(axis.size - from)));
    keep(builder_.slice(*x, axis.name, from, chance(0.3) ? -1 : to, {}), exact(*x));
  }

  void concat() {
    const auto x = with_axes(), y = x ? beside(*x) : x;
    if (!y) return;
    const std::string axis = axis_of(*x).name;
    const Type with_x = program_.type(*x), with_y = program_.type(*y);
    Axes all = *merge_axes(with_x.without(axis).axes, with_y.without(axis).axes);
    const int64_t size = with_x.size_of(axis) + (with_y.has(axis) ? with_y.size_of(axis) : 1);
    all.push_back({axis, size});
    if (Type{Kind::real, all}.elements() > most_) return;
    keep(builder_.emit1(Op::concat, {*x, *y}, {Kind::real, shuffled(all)}, {}, {{"axis", axis}}),
         exact(*x) && exact(*y));
  }

  /// Other axes, another order.
  void expand() {
    const auto x = real();
    if (!x) return;
    Axes all = axes(*x);
    for (const Axis& axis : universe_)
      if (!program_.type(*x).has(axis.name) && chance(0.2)) all.push_back(axis);
    if (Type{Kind::real, all}.elements() > most_) return;
    keep(builder_.expand(*x, shuffled(all), {}), exact(*x));
  }

  void rename() {
    const auto x = with_axes();
    if (!x) return;
    const Axis axis = axis_of(*x);
    const auto to = std::ranges::find_if(
        universe_, [&](const Axis& other) { return other.size == axis.size && !program_.type(*x).has(other.name); });
    keep(builder_.rename(*x, axis.name, to == universe_.end() ? fresh_axis() : to->name, {}), exact(*x));
  }

  /// Some axes become one, or two.
  void join() {
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

  void along() {
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

  void quantile() {
    const auto x = with_axes();
    if (!x) return;
    const Axis axis = axis_of(*x);
    const ValueId q = chance(0.5) ? builder_.constant(0.3, {}) : noise({}, "uniform");
    keep(builder_.emit1(Op::quantile, {*x, q}, program_.type(*x).without(axis.name), {}, {{"axes", Names{axis.name}}}));
  }

  void draw() { keep(noise(some_axes(universe_), any_of({"normal", "uniform", "truncated"}))); }

  /// An index by weights.
  void pick() {
    Axes all = some_axes(universe_);
    if (all.empty()) return;
    const std::string axis = all[0].name;
    Axes drawn = shuffled(Axes(all.begin() + 1, all.end()));
    for (const Axis& other : universe_)
      if (other.name != axis && std::ranges::find(drawn, other) == drawn.end() && chance(0.2)) drawn.push_back(other);
    keep(builder_.emit1(Op::categorical, {noise(shuffled(all), "uniform")}, {Kind::index, drawn}, {},
                        {{"axes", Names{axis}}, {"site", ++sites_}}));
  }

  // --- blocks -------------------------------------------------------------------------------------------------------

  /// Some steps of a block that is open, on all that is in sight and `parameters`; gives the latest real value.
  ValueId inside(const std::vector<ValueId>& parameters, int count) {
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

  /// x with the axes of a type: what it lacks repeated, what it has besides averaged.
  ValueId fitted(ValueId x, Axes wanted) {
    Names others;
    for (const Axis& axis : axes(x)) {
      const auto same = std::ranges::find(wanted, axis.name, &Axis::name);
      if (same == wanted.end() || same->size != axis.size) others.push_back(axis.name);
    }
    if (!others.empty()) x = builder_.reduce(Op::mean, x, others, {});
    return builder_.expand(x, wanted, {});
  }

  /// The next value of a carry: between the old one and what the block made.
  ValueId next(ValueId carry, ValueId made) {
    const ValueId moved = builder_.unary(Op::tanh, fitted(made, axes(carry)), {});
    return builder_.binary(Op::add, scaled(carry, 0.5), moved, {});
  }

  void iterate() {
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

  void scan() {
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

  void gradient() {
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

  void emit_loop(Op op, std::vector<ValueId> inputs, std::vector<Type> results, Attributes attributes, Block block) {
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    for (const ValueId id :
         builder_.emit(op, std::move(inputs), std::move(results), {}, std::move(attributes), std::move(blocks)))
      keep(id);
  }

  std::mt19937 generator_;
  Program program_;
  Builder builder_;
  int64_t most_;  // elements of a value
  Axes universe_;
  std::vector<ValueId> values_;  // in sight
  std::set<ValueId> exact_;      // that no rounding has touched
  int64_t sites_ = 0;
  int fresh_ = 0, depth_ = 0;
  bool differentiating_ = false;
};

}  // namespace

Program random_program(unsigned seed, bool heavy) {
  return Composer(seed, heavy).compose(heavy);
}

}  // namespace duet::test
