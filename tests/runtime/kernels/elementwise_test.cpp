#include "runtime/kernels/elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <stdexcept>

#include "runtime/core/random.h"
#include "tests/support/allocation_counter.h"

namespace duet::kernels {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kLastNaN = std::bit_cast<float>(0x7fffffff);  // no integer is above its bits
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> normals(size_t n, uint64_t site) {
  std::vector<float> x(n);
  fill_normal({1, site, 0}, 0, x);
  return x;
}

bool same_bits(const std::vector<float>& x, const std::vector<float>& y) {
  const auto bits = [](float v) { return std::bit_cast<uint32_t>(v); };
  return std::ranges::equal(x, y, {}, bits, bits);
}

std::vector<int64_t> contiguous(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> strides(sizes.size());
  int64_t stride = 1;
  for (size_t d = sizes.size(); d-- > 0; stride *= sizes[d]) strides[d] = stride;
  return strides;
}

/// One operation on contiguous vectors.
std::vector<float> apply(ElementOp op, const std::vector<std::vector<float>>& inputs) {
  const int64_t n = static_cast<int64_t>(inputs.at(0).size());
  const auto count = static_cast<int>(inputs.size());
  const std::vector<std::vector<int64_t>> strides(inputs.size(), {1});
  const Elementwise program({{op, static_cast<uint8_t>(count), 0, 1, 2, 0}}, count, {static_cast<uint8_t>(count)}, {n},
                            strides, {{1}});
  std::vector<const float*> from;
  for (const std::vector<float>& input : inputs) from.push_back(input.data());
  std::vector<float> out(static_cast<size_t>(n));
  float* to = out.data();
  program.run(from.data(), &to);
  return out;
}

bool same(float a, float b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

const std::vector<float> kSpecial = {0.0f, -0.0f,     1.0f,       -1.0f, 0.5f,     -2.5f,   1e-40f,
                                     3e9f, kInfinity, -kInfinity, kNaN,  kLastNaN, 20000.0f};

void expect_unary(ElementOp op, const std::function<double(double)>& exact, double tolerance) {
  std::vector<float> x = normals(1001, 7);
  x.insert(x.end(), kSpecial.begin(), kSpecial.end());
  const std::vector<float> y = apply(op, {x});
  for (size_t i = 0; i < x.size(); ++i) {
    const auto expected = static_cast<float>(exact(x[i]));
    if (!same(y[i], expected)) {
      EXPECT_NEAR(y[i], expected, tolerance * std::abs(expected) + 1e-38)
          << "operation " << static_cast<int>(op) << " of " << x[i];
    }
  }
}

TEST(Elementwise, UnaryOperations) {
  const double exactly = 0;
  const double few_ulp = 4e-7;  // the promise of vector_math.h is 3 ulp of at most 1.2e-7
  expect_unary(
      ElementOp::copy, [](double x) { return x; }, exactly);
  expect_unary(
      ElementOp::neg, [](double x) { return -x; }, exactly);
  expect_unary(
      ElementOp::logical_not, [](double x) { return x == 0; }, exactly);
  expect_unary(
      ElementOp::abs, [](double x) { return std::abs(x); }, exactly);
  expect_unary(
      ElementOp::square, [](double x) { return x * x; }, exactly);
  expect_unary(
      ElementOp::floor, [](double x) { return std::floor(x); }, exactly);
  expect_unary(
      ElementOp::truncate, [](double x) { return std::trunc(x); }, exactly);
  expect_unary(
      ElementOp::nonzero, [](double x) { return x != 0; }, exactly);
  expect_unary(
      ElementOp::sign, [](double x) { return (x > 0) - (x < 0); }, exactly);
  expect_unary(
      ElementOp::is_finite, [](double x) { return std::isfinite(x); }, exactly);
  expect_unary(
      ElementOp::relu, [](double x) { return std::isnan(x) ? x : std::max(x, 0.0); }, exactly);
  expect_unary(
      ElementOp::sqrt, [](double x) { return std::sqrt(x); }, exactly);
  expect_unary(
      ElementOp::exp, [](double x) { return std::exp(x); }, few_ulp);
  expect_unary(
      ElementOp::log, [](double x) { return std::log(x); }, few_ulp);
  expect_unary(
      ElementOp::tanh, [](double x) { return std::tanh(x); }, few_ulp);
  expect_unary(
      ElementOp::swish, [](double x) { return x / (1 + std::exp(-x)); }, few_ulp);
  expect_unary(
      ElementOp::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, few_ulp);
  expect_unary(
      ElementOp::softplus, [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }, few_ulp);
  expect_unary(
      ElementOp::sin, [](double x) { return std::sin(x); }, few_ulp);
  expect_unary(
      ElementOp::cos, [](double x) { return std::cos(x); }, few_ulp);
  expect_unary(
      ElementOp::asin, [](double x) { return std::asin(x); }, few_ulp);
  expect_unary(
      ElementOp::acos, [](double x) { return std::acos(x); }, few_ulp);
  expect_unary(
      ElementOp::atan, [](double x) { return std::atan(x); }, few_ulp);
}

void expect_binary(ElementOp op, const std::function<double(double, double)>& exact, double tolerance) {
  std::vector<float> a = normals(501, 8), b = normals(501, 9);
  for (const float x : kSpecial)
    for (const float y : kSpecial) {
      a.push_back(x);
      b.push_back(y);
    }
  const std::vector<float> y = apply(op, {a, b});
  for (size_t i = 0; i < a.size(); ++i) {
    const auto expected = static_cast<float>(exact(a[i], b[i]));
    if (!same(y[i], expected)) {
      EXPECT_NEAR(y[i], expected, tolerance * std::abs(expected))
          << "operation " << static_cast<int>(op) << " of " << a[i] << " and " << b[i];
    }
  }
}

TEST(Elementwise, BinaryOperations) {
  const auto nan_first = [](double a, double b) { return std::isnan(a) ? a : b; };
  expect_binary(
      ElementOp::add, [](double a, double b) { return a + b; }, 0);
  expect_binary(
      ElementOp::sub, [](double a, double b) { return a - b; }, 0);
  expect_binary(
      ElementOp::mul, [](double a, double b) { return a * b; }, 0);
  expect_binary(
      ElementOp::div, [](double a, double b) { return a / b; }, 0);
  expect_binary(
      ElementOp::pow, [](double a, double b) { return std::pow(a, b); }, 2e-7);
  expect_binary(
      ElementOp::atan2, [](double a, double b) { return std::atan2(a, b); }, 2e-7);
  expect_binary(
      ElementOp::minimum,
      [&](double a, double b) { return std::isnan(a) || std::isnan(b) ? nan_first(a, b) : std::min(a, b); }, 0);
  expect_binary(
      ElementOp::maximum,
      [&](double a, double b) { return std::isnan(a) || std::isnan(b) ? nan_first(a, b) : std::max(a, b); }, 0);
  expect_binary(
      ElementOp::less, [](double a, double b) { return a < b; }, 0);
  expect_binary(
      ElementOp::less_equal, [](double a, double b) { return a <= b; }, 0);
  expect_binary(
      ElementOp::equal, [](double a, double b) { return a == b; }, 0);
  expect_binary(
      ElementOp::not_equal, [](double a, double b) { return a != b; }, 0);
  expect_binary(
      ElementOp::logical_and, [](double a, double b) { return a != 0 && b != 0; }, 0);
  expect_binary(
      ElementOp::logical_or, [](double a, double b) { return a != 0 || b != 0; }, 0);
}

TEST(Elementwise, SelectTakesEverythingButZeroForTrue) {
  const std::vector<float> out = apply(ElementOp::select, {{0, -0.0f, 1, -3, kNaN}, {1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}});
  EXPECT_EQ(out, (std::vector<float>{6, 7, 3, 4, 5}));
}

TEST(Elementwise, EveryOperationOfTheGraphHasItsInstruction) {
  for (const OpInfo& info : all_ops()) {
    const std::optional<ElementOp> op = element_op(info.op);
    const bool is_elementwise = info.group == OpGroup::unary || info.group == OpGroup::binary ||
                                info.op == Op::select || info.op == Op::constant;
    ASSERT_EQ(op.has_value(), is_elementwise) << info.name;
    if (is_elementwise && info.group != OpGroup::shape) {
      EXPECT_EQ(operand_count(*op), info.group == OpGroup::unary ? 1 : 2) << info.name;
    }
  }
}

/// (x * y + 2) and x * y, for operands of given strides, against a plain walk over all indices.
void expect_walk(const std::vector<int64_t>& sizes, const std::vector<int64_t>& x_strides,
                 const std::vector<int64_t>& y_strides, const std::vector<int64_t>& out_strides) {
  int64_t count = 1, reach = 1;
  for (size_t d = 0; d < sizes.size(); ++d) {
    count *= sizes[d];
    reach += (sizes[d] - 1) * std::max({x_strides[d], y_strides[d], out_strides[d]});
  }
  const std::vector<float> x = normals(static_cast<size_t>(reach), 1), y = normals(static_cast<size_t>(reach), 2);
  std::vector<float> sum(x.size(), kNaN), product(x.size(), kNaN), wanted_sum = sum, wanted_product = product;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at_x = 0, at_y = 0, at_out = 0;
    for (size_t d = sizes.size(); d-- > 0; rest /= sizes[d]) {
      const int64_t index = rest % sizes[d];
      at_x += index * x_strides[d];
      at_y += index * y_strides[d];
      at_out += index * out_strides[d];
    }
    const float both = x[static_cast<size_t>(at_x)] * y[static_cast<size_t>(at_y)];
    wanted_product[static_cast<size_t>(at_out)] = both;
    wanted_sum[static_cast<size_t>(at_out)] = both + 2;
  }
  const Elementwise program(
      {{ElementOp::mul, 2, 0, 1, 0, 0}, {ElementOp::constant, 3, 0, 0, 0, 2}, {ElementOp::add, 4, 2, 3, 0, 0}}, 2,
      {4, 2}, sizes, {x_strides, y_strides}, {out_strides, out_strides});
  EXPECT_EQ(program.size(), count);
  const float* from[] = {x.data(), y.data()};
  float* to[] = {sum.data(), product.data()};
  program.run(from, to);
  // Bit by bit: elements outside the walk must stay what they were.
  EXPECT_TRUE(same_bits(sum, wanted_sum));
  EXPECT_TRUE(same_bits(product, wanted_product));
}

TEST(Elementwise, WalksStridesOfEveryKind) {
  expect_walk({}, {}, {}, {});
  expect_walk({1}, {1}, {1}, {1});
  expect_walk({0}, {1}, {1}, {1});
  for (const int64_t n : {3, 16, 17, 511, 512, 513, 5000}) expect_walk({n}, {1}, {1}, {1});
  expect_walk({100}, {1}, {0}, {1});
  expect_walk({100}, {3}, {2}, {5});
  expect_walk({420, 18}, {18, 1}, {0, 1}, {18, 1});    // a bias
  expect_walk({420, 18}, {18, 1}, {1, 0}, {18, 1});    // a factor per row
  expect_walk({420, 18}, {18, 1}, {0, 0}, {18, 1});    // a scalar
  expect_walk({420, 18}, {18, 1}, {1, 420}, {18, 1});  // transposed
  expect_walk({420, 18}, {40, 1}, {18, 1}, {18, 1});   // a slice
  expect_walk({420, 18}, {18, 1}, {18, 1}, {40, 1});   // into a slice
  expect_walk({420, 18}, {18, 1}, {18, 1}, {1, 420});  // transposed result
  expect_walk({7, 420, 3}, {0, 3, 1}, {420, 1, 0}, {1260, 3, 1});
  expect_walk({5, 2, 700}, {1400, 700, 1}, {0, 1, 0}, {1400, 700, 1});
  expect_walk({3, 1, 4, 5}, {20, 7, 0, 1}, {1, 9, 3, 12}, {20, 1, 5, 1});
  expect_walk({2, 3, 4, 5, 6}, {0, 1, 0, 3, 0}, {1, 0, 2, 0, 8}, {360, 120, 30, 6, 1});
}

TEST(Elementwise, AnElementDoesNotDependOnItsPlace) {
  const std::vector<float> x = normals(1000, 3);
  for (const ElementOp op : {ElementOp::exp, ElementOp::tanh, ElementOp::swish, ElementOp::softplus, ElementOp::log}) {
    const std::vector<float> whole = apply(op, {x});
    for (const size_t from : {0u, 1u, 13u, 999u}) {
      const std::vector<float> part = apply(op, {{x.begin() + static_cast<std::ptrdiff_t>(from), x.end()}});
      EXPECT_EQ(std::memcmp(part.data(), whole.data() + from, part.size() * sizeof(float)), 0) << from;
    }
  }
}

TEST(Elementwise, OutputsMayReplaceInputs) {
  // Swaps two arrays and adds one: each output is in the other's memory, and both inputs are read until the end.
  for (const size_t n : {16u, 100u, 2048u}) {
    std::vector<float> x = normals(n, 4), y = normals(n, 5);
    const std::vector<float> old_x = x, old_y = y;
    const Elementwise program({{ElementOp::constant, 2, 0, 0, 0, 1}, {ElementOp::add, 3, 1, 2, 0, 0}}, 2, {3, 0},
                              {static_cast<int64_t>(n)}, {{1}, {1}}, {{1}, {1}});
    const float* from[] = {x.data(), y.data()};
    float* to[] = {x.data(), y.data()};
    program.run(from, to);
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(x[i], old_y[i] + 1);
      EXPECT_EQ(y[i], old_x[i]);
    }
  }
}

TEST(Elementwise, OutputsMayBeInputsThatAreReadLater) {
  // x becomes x + y, y becomes x y: neither may be gone before the other is made. And a third, which nobody reads
  // again.
  const size_t n = 1024;
  std::vector<float> x = normals(n, 4), y = normals(n, 5), z(n);
  const std::vector<float> old_x = x, old_y = y;
  const Elementwise program(
      {{ElementOp::add, 2, 0, 1, 0, 0}, {ElementOp::mul, 3, 0, 1, 0, 0}, {ElementOp::sub, 4, 2, 3, 0, 0}}, 2, {2, 3, 4},
      {static_cast<int64_t>(n)}, {{1}, {1}}, {{1}, {1}, {1}});
  const float* from[] = {x.data(), y.data()};
  float* to[] = {x.data(), y.data(), z.data()};
  program.run(from, to);
  for (size_t i = 0; i < n; ++i) {
    EXPECT_EQ(x[i], old_x[i] + old_y[i]);
    EXPECT_EQ(y[i], old_x[i] * old_y[i]);
    EXPECT_EQ(z[i], x[i] - y[i]);
  }
}

TEST(Elementwise, RegistersMayBeWrittenAgain) {
  // r0 = x doubled twenty times in place: no copy of the input may be kept from one tile to the next.
  std::vector<Instruction> code(20, Instruction{ElementOp::add, 0, 0, 0, 0, 0});
  const Elementwise program(code, 1, {0}, {3, 2000}, {{0, 1}}, {{2000, 1}});
  const std::vector<float> x = normals(2000, 6);
  std::vector<float> out(6000);
  const float* from[] = {x.data()};
  float* to[] = {out.data()};
  program.run(from, to);
  for (size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], x[i % 2000] * 0x1p20f);
}

TEST(Elementwise, ManyRegisters) {
  // x + 1 + 1 ... with a register of its own for every sum.
  std::vector<Instruction> code = {{ElementOp::constant, 1, 0, 0, 0, 1}};
  for (int i = 2; i < 256; ++i)
    code.push_back({ElementOp::add, static_cast<uint8_t>(i), static_cast<uint8_t>(i == 2 ? 0 : i - 1), 1, 0, 0});
  const Elementwise program(code, 1, {255}, {77}, {{1}}, {{1}});
  const std::vector<float> x(77, 3);
  std::vector<float> out(77);
  const float* from[] = {x.data()};
  float* to[] = {out.data()};
  program.run(from, to);
  EXPECT_EQ(out, std::vector<float>(77, 3 + 254));
}

TEST(Elementwise, RunsWithoutTakingMemory) {
  const std::vector<int64_t> sizes = {100, 18};
  const Elementwise program({{ElementOp::tanh, 2, 0, 0, 0, 0}, {ElementOp::mul, 3, 2, 1, 0, 0}}, 2, {3}, sizes,
                            {contiguous(sizes), {0, 1}}, {contiguous(sizes)});
  const std::vector<float> x = normals(1800, 1);
  std::vector<float> out(1800);
  const float* from[] = {x.data(), x.data()};
  float* to[] = {out.data()};
  const int64_t before = test::allocations();
  program.run(from, to);
  EXPECT_EQ(test::allocations(), before);
}

TEST(Elementwise, RefusesWhatDoesNotFitTogether) {
  using Strides = std::vector<std::vector<int64_t>>;
  const std::vector<Instruction> add = {{ElementOp::add, 2, 0, 1, 0, 0}};
  EXPECT_THROW(Elementwise(add, 1, {2}, {4}, Strides{{1}}, Strides{{1}}), std::invalid_argument);       // reads r1
  EXPECT_THROW(Elementwise(add, 2, {3}, {4}, Strides{{1}, {1}}, Strides{{1}}), std::invalid_argument);  // r3
  EXPECT_THROW(Elementwise(add, 2, {2}, {4}, Strides{{1}}, Strides{{1}}), std::invalid_argument);
  EXPECT_THROW(Elementwise(add, 2, {2}, {4}, Strides{{1}, {1, 1}}, Strides{{1}}), std::invalid_argument);
  EXPECT_THROW(Elementwise(add, 2, {2}, {4}, Strides{{1}, {1}}, Strides{{0}}), std::invalid_argument);
}

}  // namespace
}  // namespace duet::kernels
