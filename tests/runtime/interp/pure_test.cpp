#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

using Fn1 = double (*)(double);
using Fn2 = double (*)(double, double);

TEST(Pure, UnaryOperations) {
  const std::vector<std::pair<Op, Fn1>> table{
      {Op::neg, [](double x) { return -x; }},
      {Op::abs, [](double x) { return std::abs(x); }},
      {Op::exp, [](double x) { return std::exp(x); }},
      {Op::log, [](double x) { return std::log(x); }},
      {Op::sqrt, [](double x) { return std::sqrt(x); }},
      {Op::square, [](double x) { return x * x; }},
      {Op::sin, [](double x) { return std::sin(x); }},
      {Op::cos, [](double x) { return std::cos(x); }},
      {Op::tanh, [](double x) { return std::tanh(x); }},
      {Op::atan, [](double x) { return std::atan(x); }},
      {Op::asin, [](double x) { return std::asin(x); }},
      {Op::acos, [](double x) { return std::acos(x); }},
      {Op::relu, [](double x) { return x > 0 ? x : 0; }},
      {Op::swish, [](double x) { return x / (1 + std::exp(-x)); }},
      {Op::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {Op::softplus, [](double x) { return x > 50 ? x : std::log1p(std::exp(x)); }},
      {Op::floor, [](double x) { return std::floor(x); }},
      {Op::sign, [](double x) { return double((x > 0) - (x < 0)); }},
      {Op::stop, [](double x) { return x; }},
  };
  const Type type = real_type({{"a", 3}, {"b", 17}});
  for (const auto& [op, fn] : table) {
    SCOPED_TRACE(std::string(info(op).name));
    ProgramBuilder p;
    const Op which = op;
    const Block block = p.block({type}, [&](const Ids& in) { return Ids{p.one(which, in, type)}; });
    const bool positive = op == Op::log || op == Op::sqrt;
    const bool ratio = op == Op::asin || op == Op::acos;
    TensorData x = ratio ? random_data(type, 1, -0.99, 0.99) : random_data(type, 1, positive ? 0.1 : -4, 4);
    if (op == Op::softplus) x.data[0] = 90, x.data[1] = -90;  // no overflow
    const auto y = evaluate(p, block, {x});
    const Fn1 wanted = fn;
    expect_elements(y[0], type, [&](const Position& at) { return wanted(element(x, at)); });
  }
}

TEST(Pure, IsFiniteAndNot) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 4}}), truth = bool_type({{"a", 4}});
  const Block block = p.block({type}, [&](const Ids& in) {
    const ValueId finite = p.one(Op::is_finite, in, truth);
    return Ids{finite, p.one(Op::logical_not, {finite}, truth), p.one(Op::logical_not, in, truth)};
  });
  const auto y = evaluate(p, block, {{type, {0, 1, INFINITY, NAN}}});
  EXPECT_EQ(y[0].data, (std::vector<float>{1, 1, 0, 0}));
  EXPECT_EQ(y[1].data, (std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(y[2].data, (std::vector<float>{1, 0, 0, 0}));
}

TEST(Pure, BinaryOperationsLineUpByName) {
  const std::vector<std::pair<Op, Fn2>> table{
      {Op::atan2, [](double a, double b) { return std::atan2(a, b); }},
      {Op::add, [](double a, double b) { return a + b; }},
      {Op::sub, [](double a, double b) { return a - b; }},
      {Op::mul, [](double a, double b) { return a * b; }},
      {Op::div, [](double a, double b) { return a / b; }},
      {Op::pow, [](double a, double b) { return std::pow(a, b); }},
      {Op::minimum, [](double a, double b) { return std::min(a, b); }},
      {Op::maximum, [](double a, double b) { return std::max(a, b); }},
      {Op::less, [](double a, double b) { return double(a < b); }},
      {Op::less_equal, [](double a, double b) { return double(a <= b); }},
      {Op::equal, [](double a, double b) { return double(a == b); }},
      {Op::not_equal, [](double a, double b) { return double(a != b); }},
  };
  const std::vector<std::array<std::vector<Axis>, 3>> shapes{
      {{{{"a", 2}, {"b", 3}}, {{"b", 3}, {"a", 2}}, {{"a", 2}, {"b", 3}}}},  // permuted
      {{{{"b", 3}}, {{"a", 2}, {"b", 3}}, {{"a", 2}, {"b", 3}}}},            // suffix
      {{{{"a", 2}}, {{"a", 2}, {"b", 3}}, {{"a", 2}, {"b", 3}}}},            // front
      {{{{"a", 2}, {"c", 4}}, {{"b", 3}}, {{"a", 2}, {"b", 3}, {"c", 4}}}},  // disjoint
      {{{{"a", 2}, {"b", 3}, {"c", 4}}, {{"c", 4}, {"a", 2}}, {{"c", 4}, {"b", 3}, {"a", 2}}}},
      {{{}, {{"a", 2}}, {{"a", 2}}}},  // scalar
      {{{}, {}, {}}},
  };
  for (const auto& [op, fn] : table) {
    for (const auto& [a, b, result] : shapes) {
      SCOPED_TRACE(std::string(info(op).name) + " " + to_string(real_type(result)));
      const bool compares = op == Op::less || op == Op::less_equal || op == Op::equal || op == Op::not_equal;
      const Type type = compares ? bool_type(result) : real_type(result);
      ProgramBuilder p;
      const Op which = op;
      const Block block =
          p.block({real_type(a), real_type(b)}, [&](const Ids& in) { return Ids{p.one(which, in, type)}; });
      TensorData x = random_data(real_type(a), 1, 0.5, 2), y = random_data(real_type(b), 2, 0.5, 2);
      if (compares) x.data[0] = y.data[0];
      const auto z = evaluate(p, block, {x, y});
      const Fn2 wanted = fn;
      expect_elements(z[0], type, [&](const Position& at) { return wanted(element(x, at), element(y, at)); });
    }
  }
}

TEST(Pure, BooleansCountAsNumbers) {
  ProgramBuilder p;
  const Type truth = bool_type({{"a", 3}}), real = real_type({{"a", 3}});
  const Block block = p.block({truth, truth}, [&](const Ids& in) {
    return Ids{p.one(Op::add, in, real),
               p.one(Op::sub, in, real),
               p.one(Op::logical_and, in, truth),
               p.one(Op::logical_or, in, truth),
               p.one(Op::sum, {in[0]}, real_type(), {{"axes", std::vector<std::string>{"a"}}}),
               p.one(Op::mean, {in[0]}, real_type(), {{"axes", std::vector<std::string>{"a"}}})};
  });
  const auto y = evaluate(p, block, {{truth, {1, 1, 0}}, {truth, {1, 0, 0}}});
  EXPECT_EQ(y[0].data, (std::vector<float>{2, 1, 0}));
  EXPECT_EQ(y[1].data, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(y[2].data, (std::vector<float>{1, 0, 0}));
  EXPECT_EQ(y[3].data, (std::vector<float>{1, 1, 0}));
  EXPECT_EQ(y[4].data, (std::vector<float>{2}));
  EXPECT_FLOAT_EQ(y[5].data[0], 2.0f / 3);
}

/// The elements along `axes` at the rest of a position.
std::vector<double> line(const TensorData& x, const std::vector<std::string>& axes, Position at) {
  Type inner = real_type();
  for (const std::string& name : axes) inner.axes.push_back({name, x.type.size_of(name)});
  std::vector<double> all;
  for_each(inner, [&](const Position& in) {
    for (const auto& [name, i] : in) at[name] = i;
    all.push_back(element(x, at));
  });
  return all;
}

TEST(Pure, Reductions) {
  using FnN = double (*)(std::vector<double>);
  static const FnN mean = [](std::vector<double> x) {
    double s = 0;
    for (const double v : x) s += v;
    return s / static_cast<double>(x.size());
  };
  const std::vector<std::pair<Op, FnN>> table{
      {Op::sum, [](std::vector<double> x) { return mean(x) * static_cast<double>(x.size()); }},
      {Op::mean, mean},
      {Op::min, [](std::vector<double> x) { return *std::min_element(x.begin(), x.end()); }},
      {Op::max, [](std::vector<double> x) { return *std::max_element(x.begin(), x.end()); }},
      {Op::std,
       [](std::vector<double> x) {
         double s = 0;
         for (const double v : x) s += (v - mean(x)) * (v - mean(x));
         return std::sqrt(s / static_cast<double>(x.size()));
       }},
      {Op::argmin, [](std::vector<double> x) { return double(std::min_element(x.begin(), x.end()) - x.begin()); }},
      {Op::argmax, [](std::vector<double> x) { return double(std::max_element(x.begin(), x.end()) - x.begin()); }},
  };
  const Type type = real_type({{"a", 3}, {"b", 5}, {"c", 4}});
  const std::vector<std::pair<std::vector<std::string>, std::vector<Axis>>> cases{
      {{"b"}, {{"a", 3}, {"c", 4}}}, {{"a", "c"}, {{"b", 5}}}, {{"c", "b", "a"}, {}}};
  for (const auto& [op, fn] : table) {
    for (const auto& [axes, rest] : cases) {
      const bool arg = op == Op::argmin || op == Op::argmax;
      if (arg && axes.size() > 1) continue;
      SCOPED_TRACE(std::string(info(op).name));
      const Type result = arg ? index_type(rest) : real_type(rest);
      ProgramBuilder p;
      const Op which = op;
      const auto names = axes;
      const Block block = p.block({type}, [&](const Ids& in) {
        return Ids{p.one(which, in, result, {{"axes", names}})};
      });
      const TensorData x = random_data(type, 3);
      const auto y = evaluate(p, block, {x});
      const FnN wanted = fn;
      expect_elements(y[0], result, [&](const Position& at) { return wanted(line(x, names, at)); });
    }
  }
}

TEST(Pure, QuantileInterpolates) {
  const Type type = real_type({{"a", 3}, {"n", 11}}), result = real_type({{"a", 3}});
  const std::vector<std::string> axes{"n"};
  for (const double q : {0.0, 0.25, 0.33, 0.9, 1.0}) {
    ProgramBuilder p;
    const Block block = p.block({type}, [&](const Ids& in) {
      return Ids{p.one(Op::quantile, {in[0], p.number(q)}, result, {{"axes", axes}})};
    });
    const TensorData x = random_data(type, 4);
    const auto y = evaluate(p, block, {x});
    expect_elements(y[0], result, [&](const Position& at) {
      auto all = line(x, axes, at);
      std::sort(all.begin(), all.end());
      const double where = q * 10;
      const auto low = static_cast<size_t>(where), high = std::min<size_t>(low + 1, 10);
      return all[low] + (where - static_cast<double>(low)) * (all[high] - all[low]);
    });
  }
}

TEST(Pure, QuantileOfManyLevels) {
  // q has an axis of its own and one it shares.
  const Type type = real_type({{"n", 7}, {"a", 2}}), levels = real_type({{"a", 2}, {"q", 3}}),
             result = real_type({{"q", 3}, {"a", 2}});
  const std::vector<std::string> axes{"n"};
  ProgramBuilder p;
  const Block block = p.block({type, levels}, [&](const Ids& in) {
    return Ids{p.one(Op::quantile, in, result, {{"axes", axes}})};
  });
  const TensorData x = random_data(type, 4), q = random_data(levels, 5, 0, 1);
  const auto y = evaluate(p, block, {x, q});
  expect_elements(y[0], result, [&](const Position& at) {
    auto all = line(x, axes, at);
    std::sort(all.begin(), all.end());
    const double where = element(q, at) * 6;
    const auto low = static_cast<size_t>(where), high = std::min<size_t>(low + 1, 6);
    return all[low] + (where - static_cast<double>(low)) * (all[high] - all[low]);
  });
}

TEST(Pure, TopAndBottom) {
  const Type type = real_type({{"n", 5}, {"a", 2}}), result = index_type({{"k", 3}, {"a", 2}});
  ProgramBuilder p;
  const Attributes attributes{
      {"axes", std::vector<std::string>{"n"}}, {"axis", std::string("k")}, {"count", int64_t{3}}};
  const Block block = p.block({type}, [&](const Ids& in) {
    return Ids{p.one(Op::top_k, in, result, attributes), p.one(Op::bottom_k, in, result, attributes)};
  });
  // Column 0: 1 5 5 2 0; column 1: 0 0 0 0 1. Of equal elements the first comes first.
  const auto y = evaluate(p, block, {{type, {1, 0, 5, 0, 5, 0, 2, 0, 0, 1}}});
  EXPECT_EQ(y[0].data, (std::vector<float>{1, 4, 2, 0, 3, 1}));
  EXPECT_EQ(y[1].data, (std::vector<float>{4, 0, 0, 1, 3, 2}));
}

TEST(Pure, CumulatedSum) {
  const Type type = real_type({{"a", 3}, {"n", 6}});
  ProgramBuilder p;
  const Block block = p.block({type}, [&](const Ids& in) {
    return Ids{p.one(Op::cumsum, in, type, {{"axes", std::vector<std::string>{"n"}}})};
  });
  const TensorData x = random_data(type, 6);
  const auto y = evaluate(p, block, {x});
  expect_elements(y[0], type, [&](Position at) {
    double s = 0;
    for (int64_t last = at["n"], i = 0; i <= last; ++i) {
      at["n"] = i;
      s += element(x, at);
    }
    return s;
  });
}

TEST(Pure, Standardize) {
  const Type type = real_type({{"a", 3}, {"n", 6}, {"b", 2}});
  ProgramBuilder p;
  const Block block = p.block({type}, [&](const Ids& in) {
    return Ids{p.one(Op::standardize, in, type, {{"axes", std::vector<std::string>{"n"}}})};
  });
  const TensorData x = random_data(type, 6);
  const auto y = evaluate(p, block, {x});
  expect_elements(y[0], type, [&](Position at) {
    const double own = element(x, at);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < 6; ++i) {
      at["n"] = i;
      sum += element(x, at);
      squares += element(x, at) * element(x, at);
    }
    const double average = sum / 6;
    return (own - average) / std::sqrt(squares / 6 - average * average + 1e-5);
  });
}

}  // namespace
}  // namespace duet::testing
