// The tape against numbers worked out by hand or by a plain loop, in the same order of operations: bit for bit.

#include "runtime/sim/double_tape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

using Numbers = std::vector<double>;
using Write = std::function<ValueId(test::RobotWriter&)>;

const double kNan = std::nan("");
const double kInfinity = std::numeric_limits<double>::infinity();

/// A block of one result with its tape.
struct Fixture {
  explicit Fixture(const Write& write) {
    test::RobotWriter w(program);
    w.begin();
    const ValueId result = write(w);
    block = w.end({result}).block;
    tape.emplace(program, block);
  }
  Numbers operator()(const std::vector<Numbers>& inputs = {}, DrawKey key = {}) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::span<double> to = tape->parameter(i);
      EXPECT_EQ(to.size(), inputs[i].size());
      std::copy(inputs[i].begin(), inputs[i].end(), to.begin());
    }
    tape->run(key);
    Numbers out(tape->result_size(0));
    tape->read(0, out);
    return out;
  }
  Program program;
  Block block;
  std::optional<DoubleTape> tape;
};

Numbers evaluate(const Write& write, const std::vector<Numbers>& inputs = {}) {
  return Fixture(write)(inputs);
}

/// Equal bit for bit, but that any NaN equals any other.
void expect_same(const Numbers& got, const Numbers& want, const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(want[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << what << " element " << i;
    } else {
      EXPECT_EQ(got[i], want[i]) << what << " element " << i;
    }
  }
}

TEST(DoubleTape, UnaryOperations) {
  const Numbers x = {-2.5, -0.0, 0.0, 0.3, 4.0, kNan, kInfinity};
  const auto check = [&](Op op, const std::function<double(double)>& f) {
    Numbers want;
    for (const double e : x) want.push_back(f(e));
    const auto count = static_cast<int64_t>(x.size());
    expect_same(evaluate(
                    [&](auto& w) {
                      return w.un(op, w.input("x", {{"a", count}}));
                    },
                    {x}),
                want, std::string(info(op).name));
  };
  check(Op::neg, [](double e) { return -e; });
  check(Op::logical_not, [](double e) { return e == 0 ? 1.0 : 0.0; });
  check(Op::abs, [](double e) { return std::fabs(e); });
  check(Op::exp, [](double e) { return std::exp(e); });
  check(Op::log, [](double e) { return std::log(e); });
  check(Op::sqrt, [](double e) { return std::sqrt(e); });
  check(Op::square, [](double e) { return e * e; });
  check(Op::sin, [](double e) { return std::sin(e); });
  check(Op::cos, [](double e) { return std::cos(e); });
  check(Op::tanh, [](double e) { return std::tanh(e); });
  check(Op::atan, [](double e) { return std::atan(e); });
  check(Op::asin, [](double e) { return std::asin(e); });
  check(Op::acos, [](double e) { return std::acos(e); });
  check(Op::relu, [](double e) { return std::isnan(e) ? e : std::max(e, 0.0); });
  check(Op::floor, [](double e) { return std::floor(e); });
  check(Op::sign, [](double e) { return std::isnan(e) ? e : e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0; });
  check(Op::stop, [](double e) { return e; });
  check(Op::is_finite, [](double e) { return std::isfinite(e) ? 1.0 : 0.0; });
}

TEST(DoubleTape, SmoothActivations) {
  // Written another way than in the tape, hence the tolerance: a few roundings of numbers below 50.
  const Numbers x = {-40.0, -1.5, 0.0, 0.7, 40.0};
  const auto run = [&](Op op) { return evaluate([&](auto& w) { return w.un(op, w.input("x", {{"a", 5}})); }, {x}); };
  const Numbers sigmoid = run(Op::sigmoid), swish = run(Op::swish), softplus = run(Op::softplus);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(sigmoid[i], 0.5 * (1 + std::tanh(0.5 * x[i])), 1e-15);
    EXPECT_NEAR(swish[i], x[i] * 0.5 * (1 + std::tanh(0.5 * x[i])), 5e-14);
    EXPECT_NEAR(softplus[i], std::log(1 + std::exp(x[i])), 5e-14);
  }
  EXPECT_EQ(evaluate([](auto& w) { return w.un(Op::softplus, w.input("x", {})); }, {{1000.0}})[0], 1000.0);
}

TEST(DoubleTape, BinaryOperationsLineUpAxesByName) {
  const Numbers a = {1, 2, 3, 4, 5, 6}, b = {10, 20, 30};
  // a[r: 2, c: 3] - b[c: 3] and b - a; b2[c, r] - a is lined up crosswise.
  const auto minus = [](const char* x, const char* y) {
    return [=](test::RobotWriter& w) {
      const std::map<std::string, std::vector<Axis>> axes = {
          {"a", {{"r", 2}, {"c", 3}}}, {"b", {{"c", 3}}}, {"t", {{"c", 3}, {"r", 2}}}};
      const ValueId first = w.input(x, axes.at(x));
      return w.bin(Op::sub, first, w.input(y, axes.at(y)));
    };
  };
  expect_same(evaluate(minus("a", "b"), {a, b}), {-9, -18, -27, -6, -15, -24}, "a - b");
  expect_same(evaluate(minus("b", "a"), {b, a}), {9, 18, 27, 6, 15, 24}, "b - a");
  expect_same(evaluate(minus("t", "a"), {{1, 4, 2, 5, 3, 6}, a}), {0, 0, 0, 0, 0, 0}, "transposed");
}

TEST(DoubleTape, BinaryOperations) {
  const Numbers a = {-1.5, 2, 0, kNan, 2}, b = {2, 2, -3, 1, kNan};
  const auto check = [&](Op op, const Numbers& want) {
    expect_same(evaluate(
                    [&](auto& w) {
                      const ValueId x = w.input("a", {{"i", 5}});
                      return w.bin(op, x, w.input("b", {{"i", 5}}));
                    },
                    {a, b}),
                want, std::string(info(op).name));
  };
  check(Op::add, {0.5, 4, -3, kNan, kNan});
  check(Op::mul, {-3, 4, -0.0, kNan, kNan});
  check(Op::div, {-0.75, 1, -0.0, kNan, kNan});
  check(Op::pow, {2.25, 4, kInfinity, kNan, kNan});
  check(Op::minimum, {-1.5, 2, -3, kNan, kNan});
  check(Op::maximum, {2, 2, 0, kNan, kNan});
  check(Op::less, {1, 0, 0, 0, 0});
  check(Op::less_equal, {1, 1, 0, 0, 0});
  check(Op::equal, {0, 1, 0, 0, 0});
  check(Op::not_equal, {1, 0, 1, 1, 1});
  check(Op::logical_and, {1, 1, 0, 1, 1});
  check(Op::logical_or, {1, 1, 1, 1, 1});
}

TEST(DoubleTape, Select) {
  expect_same(evaluate(
                  [](auto& w) {
                    const ValueId c = w.input("c", {{"i", 2}}), a = w.input("a", {}), b = w.input("b", {{"j", 2}});
                    return w.b.select(c, a, b, w.next());
                  },
                  {{1, 0}, {7}, {8, 9}}),
              {7, 8, 7, 9}, "select: axes j, i");
}

TEST(DoubleTape, Reductions) {
  // x[p: 2, q: 3, r: 2] reduced over p and r, elements in the order of x's axes.
  const Numbers x = {0.1, 0.7, 1e16, -3, 5, 5, 0.2, -0.4, -1e16, 8, 2, 5};
  const auto check = [&](Op op, const Numbers& want) {
    expect_same(evaluate(
                    [&](auto& w) {
                      return w.b.reduce(op, w.input("x", {{"p", 2}, {"q", 3}, {"r", 2}}), {"r", "p"}, w.next());
                    },
                    {x}),
                want, std::string(info(op).name));
  };
  check(Op::sum, {((0.1 + 0.7) + 0.2) + -0.4, ((1e16 - 3) - 1e16) + 8, 17});
  check(Op::mean, {(((0.1 + 0.7) + 0.2) + -0.4) / 4, (((1e16 - 3) - 1e16) + 8) / 4, 4.25});
  check(Op::min, {-0.4, -1e16, 2});
  check(Op::max, {0.7, 1e16, 5});
  const auto one = [&](Op op, const Numbers& values, const char* axis) {
    return evaluate(
        [&](auto& w) {
          return w.b.reduce(op, w.input("x", {{"a", 2}, {"b", 3}}), {axis}, w.next());
        },
        {values});
  };
  const Numbers y = {3, 1, 1, 2, 9, 9};
  expect_same(one(Op::argmin, y, "b"), {1, 0}, "argmin: the first of equals");
  expect_same(one(Op::argmax, y, "b"), {0, 1}, "argmax: the first of equals");
  expect_same(one(Op::argmax, y, "a"), {0, 1, 1}, "argmax over the outer axis");
  expect_same(one(Op::std, {1, 3, 5, 2, 2, 2}, "b"), {std::sqrt(8.0 / 3), 0}, "std divides by n");
  expect_same(one(Op::min, {1, kNan, 0, 1, 2, 3}, "b"), {kNan, 1}, "a NaN is not lost");
}

TEST(DoubleTape, ShapeOperationsMoveElements) {
  const std::vector<Axis> table = {{"r", 2}, {"c", 3}};
  const Numbers x = {1, 2, 3, 4, 5, 6};
  expect_same(evaluate([&](auto& w) { return w.slice(w.input("x", table), "c", 1, 3); }, {x}), {2, 3, 5, 6}, "slice");
  expect_same(evaluate([&](auto& w) { return w.slice(w.input("x", table), "r", 1, -1); }, {x}), {4, 5, 6}, "to end");
  expect_same(evaluate([&](auto& w) { return w.b.rename(w.input("x", table), "c", "k", w.next()); }, {x}), x, "rename");
  expect_same(evaluate(
                  [&](auto& w) {
                    return w.b.expand(w.input("x", table), {{"c", 3}, {"n", 2}, {"r", 2}}, w.next());
                  },
                  {x}),
              {1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6}, "expand");
  // [y, x] along c: y[r] has no axis c, and counts as one element.
  expect_same(evaluate(
                  [&](auto& w) {
                    const ValueId a = w.input("x", table), y = w.input("y", {{"r", 2}});
                    return w.b.emit1(Op::concat, {y, a, w.number(9)}, {Kind::real, {{"r", 2}, {"c", 5}}}, w.next(),
                                     {{"axis", std::string("c")}});
                  },
                  {x, {10, 20}}),
              {10, 1, 2, 3, 9, 20, 4, 5, 6, 9}, "concat");
  expect_same(evaluate([](auto& w) {
                return w.b.emit1(Op::iota, {}, {Kind::real, {{"h", 3}}}, w.next(),
                                 {{"axis", std::string("h")}, {"count", int64_t{3}}});
              }),
              {0, 1, 2}, "iota");
  expect_same(evaluate([&](auto& w) {
                return w.b.emit1(Op::extent, {w.input("x", table)}, {}, w.next(), {{"axis", std::string("c")}});
              }),
              {3}, "extent");
}

TEST(DoubleTape, Take) {
  const std::vector<Axis> table = {{"r", 2}, {"c", 3}};
  const Numbers x = {1, 2, 3, 4, 5, 6};
  expect_same(evaluate([&](auto& w) { return w.element(w.input("x", table), "c", 1); }, {x}), {2, 5}, "constant");
  Fixture computed([&](auto& w) {
    const ValueId from = w.input("x", table);
    return w.element_at(from, "c", w.input("i", {}));
  });
  expect_same(computed({x, {2}}), {3, 6}, "computed");
  expect_same(computed({x, {0}}), {1, 4}, "computed again");
  EXPECT_EQ(test::thrown<Error>([&] { computed({x, {3}}); }).code(), "E0604");
  EXPECT_EQ(test::thrown<Error>([&] { computed({x, {-1}}); }).code(), "E0604");
  EXPECT_EQ(test::thrown<Error>([&] { computed({x, {kNan}}); }).code(), "E0604");
  expect_same(evaluate(
                  [&](auto& w) {
                    const ValueId from = w.input("x", table), at = w.input("i", {{"r", 2}});
                    return w.element_at(from, "c", at);
                  },
                  {x, {2, 0}}),
              {3, 4}, "rows walked together with the index");
  expect_same(evaluate(
                  [&](auto& w) {
                    return w.element_at(w.input("x", table), "c", w.vector({2, 2, 0}, "k"));
                  },
                  {x}),
              {3, 3, 1, 6, 6, 4}, "an index with an axis of its own: axes r, k");
  EXPECT_THROW(evaluate([&](auto& w) { return w.element(w.input("x", table), "c", 3); }), std::logic_error);
}

TEST(DoubleTape, Cast) {
  const Numbers x = {-1.7, 0, 2.9};
  const auto cast = [&](Kind kind) {
    return evaluate([&](auto& w) { return w.b.cast(w.input("x", {{"i", 3}}), kind, w.next()); }, {x});
  };
  expect_same(cast(Kind::boolean), {1, 0, 1}, "bool");
  expect_same(cast(Kind::index), {-1, 0, 2}, "index");
}

TEST(DoubleTape, NoiseIsTheStreamOfItsKey) {
  for (const bool normal : {false, true}) {
    Fixture fixture([&](auto& w) { return w.draw(normal ? "normal" : "uniform", {{"a", 2}, {"b", 3}}, 5); });
    Numbers want(6);
    const DrawKey key{11, mix64(mix64(4) + 5), 9};
    if (normal) {
      fill_normal(key, 0, std::span<double>(want));
    } else {
      fill_uniform(key, 0, std::span<double>(want));
    }
    expect_same(fixture({}, {11, 4, 9}), want, normal ? "normal" : "uniform");
    EXPECT_NE(fixture({}, {11, 4, 10}), want) << "another tick";
    EXPECT_NE(fixture({}, {11, 3, 9}), want) << "another site";
  }
}

TEST(DoubleTape, TheCulpritIsTheNodeThatMadeIt) {
  const Span division{1, 500, 510}, use{1, 600, 610};
  Fixture fixture([&](auto& w) {
    const ValueId x = w.input("x", {{"i", 2}});
    const ValueId bad = w.b.binary(Op::div, w.number(1), x, division);
    const ValueId chosen = w.b.select(w.bin(Op::less, x, w.number(3)), bad, w.number(0), w.next());
    return w.b.unary(Op::exp, w.sum(chosen, "i"), use);
  });
  fixture({{1, 5}});
  EXPECT_EQ(fixture.tape->culprit(0), Span{}) << "all is finite";
  fixture({{1, 0}});
  EXPECT_EQ(fixture.tape->culprit(0), division);
  fixture({{1e-9, 5}});
  EXPECT_EQ(fixture.tape->culprit(0), use) << "1 / x is large but finite; its exponential is not";
  fixture({{1, kNan}});
  EXPECT_EQ(fixture.tape->culprit(0), Span{}) << "a NaN is not below 3, and the branch with it is not chosen";
}

TEST(DoubleTape, RefusesWhatItCannotDo) {
  const auto fault = [](const Write& write) {
    try {
      evaluate(write);
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(fault([](auto& w) {
              return w.b.load(w.b.add_state({"s", {}, {}}), w.next());
            }),
            "double tape: load: a robot's script cannot use it");
  EXPECT_EQ(fault([](auto& w) {
              return w.un(Op::exp, w.input("x", {{"row", kUnknownSize}}));
            }),
            "double tape: the size of real[row] must be known");
  EXPECT_EQ(fault([](auto& w) { return w.draw("truncated", {}, 1); }),
            "double tape: noise: a robot's script cannot use it");
}

}  // namespace
}  // namespace duet
