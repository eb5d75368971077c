#include "runtime/kernels/rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "runtime/core/random.h"

namespace duet::kernels {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> normals(size_t n, uint64_t site) {
  std::vector<float> x(n);
  fill_normal({1, site, 0}, 0, x);
  return x;
}

TEST(Rows, QuantileInterpolatesBetweenNeighbours) {
  const int64_t n = 41;
  const std::vector<float> x = normals(3 * 41, 1);
  std::vector<float> out(3), scratch(41);
  for (const float q : {-1.0f, 0.0f, 0.1f, 0.5f, 0.77f, 1.0f, 2.0f}) {
    quantile(x.data(), 3, n, q, out.data(), scratch.data());
    for (size_t r = 0; r < 3; ++r) {
      std::vector<float> sorted(x.begin() + static_cast<std::ptrdiff_t>(r) * n,
                                x.begin() + static_cast<std::ptrdiff_t>(r + 1) * n);
      std::sort(sorted.begin(), sorted.end());
      const double at = std::clamp(static_cast<double>(q), 0.0, 1.0) * 40;
      const auto low = static_cast<size_t>(at);
      const double high = sorted[std::min<size_t>(low + 1, 40)];
      // The position is rounded to float32: 40 * 6e-8 of the distance of two neighbours, at most 4 here.
      EXPECT_NEAR(out[r], sorted[low] + (at - static_cast<double>(low)) * (high - sorted[low]), 2e-5) << q;
    }
  }
}

TEST(Rows, QuantileOfOddNumbers) {
  std::vector<float> scratch(4), out(1);
  const std::vector<float> infinite = {kInfinity, 1, kInfinity, kInfinity}, unknown = {1, kNaN, 2, 0};
  quantile(infinite.data(), 1, 4, 0.5f, out.data(), scratch.data());
  EXPECT_EQ(out[0], kInfinity);
  quantile(unknown.data(), 1, 4, 1.0f, out.data(), scratch.data());
  EXPECT_TRUE(std::isnan(out[0]));
  quantile(unknown.data(), 1, 4, 0.0f, out.data(), scratch.data());
  EXPECT_EQ(out[0], 0);
  quantile(infinite.data(), 1, 4, kNaN, out.data(), scratch.data());
  EXPECT_TRUE(std::isnan(out[0]));
}

TEST(Rows, TopAndBottomAreStable) {
  std::vector<float> x = normals(2 * 300, 2);
  for (float& value : x) value = std::round(value * 4);  // many are equal
  x[7] = kNaN;
  for (const size_t count : {1u, 10u, 299u, 300u}) {
    std::vector<float> top(2 * count), bottom(2 * count);
    std::vector<int32_t> scratch(300);
    top_k(x.data(), 2, 300, static_cast<int64_t>(count), top.data(), scratch.data());
    bottom_k(x.data(), 2, 300, static_cast<int64_t>(count), bottom.data(), scratch.data());
    for (size_t r = 0; r < 2; ++r) {
      // Sorted with infinity for NaN: no other number is infinite.
      std::vector<float> row(x.begin() + static_cast<std::ptrdiff_t>(300 * r),
                             x.begin() + static_cast<std::ptrdiff_t>(300 * (r + 1)));
      for (float& value : row) value = std::isnan(value) ? kInfinity : value;
      std::vector<size_t> order(300);
      std::iota(order.begin(), order.end(), size_t{0});
      std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return row[i] > row[j]; });
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(top[r * count + i], static_cast<float>(order[i]));
      std::iota(order.begin(), order.end(), size_t{0});
      std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return row[i] < row[j]; });
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(bottom[r * count + i], static_cast<float>(order[i]));
    }
  }
}

TEST(Rows, RunningSums) {
  const std::vector<float> x = {1, 2, 3, -1, 0.5f, 0};
  std::vector<float> out(6);
  cumsum(x.data(), 2, 3, out.data());
  EXPECT_EQ(out, (std::vector<float>{1, 3, 6, -1, -0.5f, -0.5f}));
}

double standardized_weighted(const std::vector<double>& x, const std::vector<float>& weights) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0, sum = 0;
  for (const double value : x) mean += value / n;
  for (const double value : x) variance += (value - mean) * (value - mean) / n;
  for (size_t i = 0; i < x.size(); ++i) sum += weights[i] * (x[i] - mean) / std::sqrt(variance + 1e-5);
  return sum;
}

TEST(Rows, StandardizeAndItsGradient) {
  for (const size_t n : {1u, 3u, 16u, 200u, 213u}) {
    std::vector<float> x = normals(2 * n, 3);
    for (float& value : x) value = 2 * value + 5;
    std::vector<float> y(2 * n);
    standardize(x.data(), 2, static_cast<int64_t>(n), y.data());
    const std::vector<float> dy = normals(2 * n, 4);
    std::vector<float> dx(2 * n);
    standardize_gradient(x.data(), dy.data(), 2, static_cast<int64_t>(n), dx.data());
    for (size_t r = 0; r < 2; ++r) {
      const auto begin = static_cast<std::ptrdiff_t>(r * n), end = begin + static_cast<std::ptrdiff_t>(n);
      std::vector<double> row(x.begin() + begin, x.begin() + end);
      const std::vector<float> weights(dy.begin() + begin, dy.begin() + end);
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += static_cast<double>(weights[i]) * y[r * n + i];
      EXPECT_NEAR(sum, standardized_weighted(row, weights), 2e-6 * static_cast<double>(n));
      for (size_t i = 0; i < n; ++i) {
        const double step = 1e-4, x_i = row[i];
        row[i] = x_i + step;
        const double above = standardized_weighted(row, weights);
        row[i] = x_i - step;
        const double below = standardized_weighted(row, weights);
        row[i] = x_i;
        ASSERT_NEAR(dx[r * n + i], (above - below) / (2 * step), 1e-5) << n;
      }
    }
  }
}

TEST(Rows, PickFollowsTheWeights) {
  const std::vector<float> weights = {0, 2, 0, 1, 1, 0, /**/ 5, 0, 0, 0, 0, 0};
  const std::vector<float> u = {0,      0.49f, 0.5f, 0.74f, 0.75f, 0x1.fffffep-1f,
                                /**/ 0, 0.3f,  0.5f, 0.6f,  0.9f,  0x1.fffffep-1f};
  std::vector<float> out(12), scratch(6);
  pick_categorical(weights.data(), u.data(), 2, 6, 6, out.data(), scratch.data());
  EXPECT_EQ(out, (std::vector<float>{1, 1, 3, 3, 4, 4, /**/ 0, 0, 0, 0, 0, 0}));
}

TEST(Rows, PickNeverTakesWeightNothingAtTheEnd) {
  // u * total would round to the total, and the search would end behind it.
  const std::vector<float> weights = {0.1f, 0.2f, 0, 0};
  const std::vector<float> u = {0x1.fffffep-1f, 1.0f};
  std::vector<float> out(2), scratch(4);
  pick_categorical(weights.data(), u.data(), 1, 4, 2, out.data(), scratch.data());
  EXPECT_EQ(out, (std::vector<float>{1, 1}));
}

}  // namespace
}  // namespace duet::kernels
