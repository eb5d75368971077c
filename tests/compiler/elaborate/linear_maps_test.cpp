// The constant maps of coloured noise and splines against closed forms.
#include "compiler/elaborate/linear_maps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <functional>
#include <numbers>

namespace duet {
namespace {

constexpr double kRounding = 1e-12;  // sums of a few dozen terms of size 1

/// The covariance of two steps of the noise.
double covariance(const LinearMap& map, int64_t s, int64_t t) {
  double sum = 0;
  for (int64_t wave = 0; wave < map.rows; ++wave) sum += map.at(wave, s) * map.at(wave, t);
  return sum;
}

class Coloured : public testing::TestWithParam<std::tuple<int, double>> {};

TEST_P(Coloured, HasTheAutocovarianceOfItsSpectrum) {
  const auto [n, beta] = GetParam();
  const LinearMap map = coloured_noise(n, beta);
  ASSERT_EQ(map.rows, n);
  ASSERT_EQ(map.columns, n);
  // The sum over positive and negative frequencies of power * exp(i angle), over its value at lag 0.
  const auto lag = [&, beta = beta, n = n](int s) {
    double sum = 0;
    for (int k = 0; k < n; ++k) {
      const int frequency = std::min(k, n - k);
      sum += std::pow(std::max(frequency, 1), -beta) * std::cos(2 * std::numbers::pi * k * s / n);
    }
    return sum;
  };
  for (int s = 0; s < n; ++s)
    for (int t = 0; t < n; ++t) EXPECT_NEAR(covariance(map, s, t), lag(std::abs(s - t)) / lag(0), kRounding);
}

TEST_P(Coloured, HasThePowerLaw) {
  const auto [n, beta] = GetParam();
  const LinearMap map = coloured_noise(n, beta);
  // Expected power of each frequency: that of the Fourier transforms of what the single normals become.
  const auto power = [&, n = n](int k) {
    double sum = 0;
    for (int64_t wave = 0; wave < map.rows; ++wave) {
      std::complex<double> x = 0;
      for (int t = 0; t < n; ++t) x += map.at(wave, t) * std::polar(1.0, -2 * std::numbers::pi * k * t / n);
      sum += std::norm(x);
    }
    return sum;
  };
  if (n < 2) return;
  for (int k = 1; 2 * k <= n; ++k) EXPECT_NEAR(power(k) / power(1), std::pow(k, -beta), 1e-10) << k;
  EXPECT_NEAR(power(0) / power(1), 1, 1e-10);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Coloured,
                         testing::Combine(testing::Values(1, 2, 3, 12, 25), testing::Values(0.0, 1.0, 2.5)));

std::vector<double> mapped(const LinearMap& map, const std::function<double(int64_t)>& knot) {
  std::vector<double> result(static_cast<size_t>(map.columns));
  for (int64_t k = 0; k < map.rows; ++k)
    for (int64_t t = 0; t < map.columns; ++t) result[static_cast<size_t>(t)] += knot(k) * map.at(k, t);
  return result;
}

TEST(Spline, KeepsItsKnots) {
  const auto knot = [](int64_t k) { return std::sin(1.0 + 2.0 * static_cast<double>(k)); };
  for (const Spline order : {Spline::linear, Spline::cubic}) {
    const std::vector<double> points = mapped(spline(5, 13, order), knot);  // a knot on every third point
    for (int64_t k = 0; k < 5; ++k) EXPECT_NEAR(points[static_cast<size_t>(3 * k)], knot(k), kRounding);
  }
}

TEST(Spline, OfAStraightLineIsTheLine) {
  for (const Spline order : {Spline::linear, Spline::cubic})
    for (const auto& [knots, points] : {std::pair{2, 7}, std::pair{4, 9}, std::pair{9, 4}}) {
      const auto line = [knots = knots](int64_t k) { return 2 - 3 * static_cast<double>(k) / (knots - 1); };
      const std::vector<double> got = mapped(spline(knots, points, order), line);
      for (int t = 0; t < points; ++t) EXPECT_NEAR(got[static_cast<size_t>(t)], 2 - 3.0 * t / (points - 1), kRounding);
    }
}

TEST(Spline, CubicIsThatOfCatmullAndRom) {
  // Half-way between two inner knots the weights are (-1, 9, 9, -1) / 16; central differences of a parabola are its
  // slopes, so that it comes back between inner knots.
  const LinearMap map = spline(4, 7, Spline::cubic);
  const double weights[] = {-1.0 / 16, 9.0 / 16, 9.0 / 16, -1.0 / 16};
  for (int64_t k = 0; k < 4; ++k) EXPECT_NEAR(map.at(k, 3), weights[k], kRounding);
  const std::vector<double> parabola =
      mapped(spline(6, 51, Spline::cubic), [](int64_t k) { return static_cast<double>(k * k); });
  for (int t = 10; t <= 40; ++t) EXPECT_NEAR(parabola[static_cast<size_t>(t)], 0.01 * t * t, 1e-11);
}

TEST(Spline, ZeroHoldsEachKnotForItsShare) {
  const std::vector<double> points =
      mapped(spline(3, 6, Spline::zero), [](int64_t k) { return static_cast<double>(k); });
  EXPECT_EQ(points, (std::vector<double>{0, 0, 1, 1, 2, 2}));
  const std::vector<double> back =
      mapped(spline(6, 3, Spline::zero), [&](int64_t t) { return points[static_cast<size_t>(t)]; });
  EXPECT_EQ(back, (std::vector<double>{0, 1, 2}));
  for (const auto& [knots, more] : {std::pair{3, 5}, std::pair{4, 7}, std::pair{5, 12}}) {
    const LinearMap out = spline(knots, more, Spline::zero), in = spline(more, knots, Spline::zero);
    for (int64_t k = 0; k < knots; ++k) {
      const std::vector<double> held = mapped(out, [k = k](int64_t j) { return j == k ? 1.0 : 0.0; });
      const std::vector<double> again = mapped(in, [&](int64_t t) { return held[static_cast<size_t>(t)]; });
      for (int64_t j = 0; j < knots; ++j) EXPECT_EQ(again[static_cast<size_t>(j)], j == k ? 1 : 0);
    }
  }
}

TEST(Spline, OneKnotOrOnePoint) {
  for (const Spline order : {Spline::zero, Spline::linear, Spline::cubic}) {
    EXPECT_EQ(spline(1, 3, order).values, (std::vector<double>{1, 1, 1}));
    EXPECT_EQ(mapped(spline(4, 1, order), [](int64_t k) { return k == 0 ? 5.0 : 9.0; }), std::vector<double>{5});
  }
}

}  // namespace
}  // namespace duet
