#include "runtime/kernels/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "runtime/core/random.h"
#include "tests/support/allocation_counter.h"

namespace duet::kernels {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Normals rounded to tenths, so that some are equal.
std::vector<float> numbers(int64_t n) {
  std::vector<float> x(static_cast<size_t>(n));
  fill_normal({1, 2, 3}, 0, x);
  for (float& value : x) value = std::round(value * 10) / 10;
  return x;
}

/// One output, in double, from its numbers in order.
double exact(Op op, const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  double sum = 0, squares = 0;
  for (const double value : x) sum += value;
  for (const double value : x) squares += (value - sum / n) * (value - sum / n);
  size_t least = 0, largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const bool nan = std::isnan(x[i]);
    if (x[i] < x[least] || (nan && !std::isnan(x[least]))) least = i;
    if (x[i] > x[largest] || (nan && !std::isnan(x[largest]))) largest = i;
  }
  switch (op) {
    case Op::sum:
      return sum;
    case Op::mean:
      return sum / n;
    case Op::std:
      return std::sqrt(squares / n);
    case Op::min:
      return x[least];
    case Op::max:
      return x[largest];
    case Op::argmin:
      return static_cast<double>(least);
    default:
      return static_cast<double>(largest);
  }
}

constexpr Op kReductions[] = {Op::sum, Op::mean, Op::std, Op::min, Op::max, Op::argmin, Op::argmax};

void expect_right(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                  const std::vector<bool>& removed, const std::vector<float>& x) {
  int64_t kept = 1, count = 1;
  for (size_t d = 0; d < sizes.size(); ++d) (removed[d] ? count : kept) *= sizes[d];
  std::vector<std::vector<double>> groups(static_cast<size_t>(kept));
  for (int64_t i = 0; i < kept * count; ++i) {
    int64_t rest = i, scale = 1, out = 0, at = 0;
    for (size_t d = sizes.size(); d-- > 0; rest /= sizes[d]) {
      at += rest % sizes[d] * strides[d];
      if (removed[d]) continue;
      out += rest % sizes[d] * scale;
      scale *= sizes[d];
    }
    groups[static_cast<size_t>(out)].push_back(x[static_cast<size_t>(at)]);
  }
  for (const Op op : kReductions) {
    const Reduction reduction(op, sizes, strides, removed);
    ASSERT_EQ(reduction.size(), kept);
    std::vector<float> out(static_cast<size_t>(kept));
    reduction.run(x.data(), out.data());
    for (size_t i = 0; i < out.size(); ++i) {
      const double expected = exact(op, groups[i]);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(out[i])) << info(op).name << " at " << i;
      } else if (std::isinf(expected)) {
        ASSERT_EQ(out[i], expected) << info(op).name << " at " << i;
      } else {
        // Added up in double and rounded once; a sum near 0 keeps the absolute error of its terms.
        ASSERT_NEAR(out[i], expected, 1e-7 * std::abs(expected) + 1e-12 * static_cast<double>(count) + 1e-8)
            << info(op).name << " at " << i;
      }
    }
  }
}

TEST(Reduction, EveryOrderOfDimensions) {
  const std::vector<float> x = numbers(40000);
  expect_right({}, {}, {}, x);
  for (const int64_t n : {1, 6, 15, 16, 17, 64, 100, 511, 513, 5000}) {
    expect_right({n}, {1}, {true}, x);
    expect_right({n}, {3}, {true}, x);
    expect_right({n}, {1}, {false}, x);
    expect_right({3, n}, {n, 1}, {false, true}, x);
    expect_right({n, 3}, {3, 1}, {false, true}, x);
    expect_right({3, n}, {n, 1}, {true, false}, x);
    expect_right({n, 3}, {3, 1}, {true, false}, x);
    expect_right({n, 5}, {7, 1}, {true, true}, x);
    expect_right({n, 3}, {1, n}, {false, true}, x);
    expect_right({n, 3}, {1, n}, {true, false}, x);
  }
  expect_right({7, 20, 100}, {2000, 100, 1}, {false, true, false}, x);
  expect_right({7, 20, 100}, {2000, 100, 1}, {true, false, true}, x);
  expect_right({4, 5, 6, 7}, {210, 42, 7, 1}, {true, false, true, false}, x);
  expect_right({4, 5, 6, 7}, {210, 42, 7, 1}, {false, true, false, true}, x);
  expect_right({4, 30}, {0, 1}, {true, false}, x);
  expect_right({30, 4}, {1, 0}, {false, true}, x);
}

TEST(Reduction, NaNAndInfinities) {
  for (const float odd : {kNaN, kInfinity, -kInfinity}) {
    for (const size_t place : {0u, 5u, 39u, 99u}) {
      std::vector<float> x = numbers(300);
      x[3 * place] = odd;
      x[297] = odd;
      // Deviations with infinities are NaN on both sides, and so are sums with NaN.
      expect_right({100, 3}, {3, 1}, {true, false}, x);
      expect_right({100}, {3}, {true}, x);
    }
  }
  expect_right({40}, {1}, {true}, std::vector<float>(40, kInfinity));
  expect_right({40}, {1}, {true}, std::vector<float>(40, -kInfinity));
}

TEST(Reduction, LongSumsStayAccurate) {
  const std::vector<float> x(1'000'000, 0.1f);
  float out = 0;
  Reduction(Op::sum, {1'000'000}, {1}, {true}).run(x.data(), &out);
  EXPECT_EQ(out, static_cast<float>(1e6 * static_cast<double>(0.1f)));
  Reduction(Op::std, {1'000'000}, {1}, {true}).run(x.data(), &out);
  EXPECT_EQ(out, 0);
  std::vector<float> far(1000);
  for (size_t i = 0; i < far.size(); ++i) far[i] = 1e6f + static_cast<float>(i % 2);
  Reduction(Op::std, {1000}, {1}, {true}).run(far.data(), &out);
  EXPECT_EQ(out, 0.5f);
}

TEST(Reduction, NothingToReduce) {
  float out[3] = {1, 2, 3};
  Reduction(Op::sum, {3, 0}, {0, 1}, {false, true}).run(nullptr, out);
  for (const float x : out) EXPECT_EQ(x, 0);
  Reduction(Op::max, {0, 3}, {3, 1}, {false, true}).run(nullptr, nullptr);
  EXPECT_THROW(Reduction(Op::max, {3, 0}, {0, 1}, {false, true}), std::invalid_argument);
  EXPECT_THROW(Reduction(Op::add, {3}, {1}, {true}), std::invalid_argument);
  EXPECT_THROW(Reduction(Op::sum, {3}, {1, 1}, {true}), std::invalid_argument);
}

TEST(Reduction, RunsWithoutTakingMemory) {
  const std::vector<float> x = numbers(1000);
  float out[100];
  for (const Op op : kReductions) {
    const Reduction rows(op, {10, 100}, {100, 1}, {false, true}), columns(op, {10, 100}, {100, 1}, {true, false});
    const long before = test::allocations();
    rows.run(x.data(), out);
    columns.run(x.data(), out);
    EXPECT_EQ(test::allocations(), before);
  }
}

}  // namespace
}  // namespace duet::kernels
