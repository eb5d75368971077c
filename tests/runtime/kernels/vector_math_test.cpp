// The functions of registers against double precision, on floats of every magnitude: one in 1009 of all bit patterns.

#include "runtime/kernels/vector_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace duet::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The distance of two floats next to each other around x.
double unit_in_last_place(double x) {
  const float magnitude = std::max(std::abs(static_cast<float>(x)), std::numeric_limits<float>::min());
  return std::nextafter(magnitude, kInfinity) - static_cast<double>(magnitude);
}

template <typename Function>
float at(Function function, float x) {
  return function(all(x))[0];
}

/// The largest error in ulp over [low, high]; results below the least normal float count with its ulp, and `growth` ulp
/// times |x| are allowed below 0.
template <typename Function, typename Exact>
double largest_error(Function function, Exact exact, float low, float high, double growth = 0) {
  double largest = 0;
  for (uint32_t word = 0; word < 0xffffffffu - 1009; word += 1009) {
    const float x = std::bit_cast<float>(word);
    if (!(x >= low && x <= high)) continue;
    const double expected = exact(static_cast<double>(x));
    if (std::abs(expected) > std::numeric_limits<float>::max()) continue;
    const double error =
        std::abs(at(function, x) - expected) / unit_in_last_place(expected) + std::min(growth * x, 0.0);
    largest = std::isnan(error) ? kInfinity : std::max(largest, error);
  }
  return largest;
}

#define DUET_FUNCTION(name) [](Floats x) { return math::name(x); }

double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST(VectorMath, AreAsAccurateAsTheyPromise) {
  const float max = std::numeric_limits<float>::max();
  EXPECT_LT(largest_error(
                DUET_FUNCTION(exp), [](double x) { return std::exp(x); }, -max, max),
            1.1);
  EXPECT_LT(largest_error(
                DUET_FUNCTION(log), [](double x) { return std::log(x); }, 1e-45f, max),
            1.1);
  EXPECT_LT(largest_error(
                DUET_FUNCTION(sqrt), [](double x) { return std::sqrt(x); }, 0, max),
            0.5000001);
  EXPECT_LT(largest_error(
                DUET_FUNCTION(tanh), [](double x) { return std::tanh(x); }, -max, max),
            2);
  EXPECT_LT(largest_error(DUET_FUNCTION(softplus), softplus, -max, max, 1.3), 3);
  EXPECT_LT(largest_error(
                DUET_FUNCTION(log1p_of_unit), [](double x) { return std::log1p(x); }, 0, 1),
            2);
  // e^-x overflows below -88.7, where the exact sigmoid is denormal and this one 0.
  EXPECT_LT(largest_error(DUET_FUNCTION(sigmoid), sigmoid, -87, max, 1.3), 3);
  EXPECT_LT(largest_error(DUET_FUNCTION(sigmoid), sigmoid, -0.1f, 0.1f), 2.5) << "what is in the middle stays there";
  EXPECT_LT(largest_error(
                DUET_FUNCTION(swish), [](double x) { return x * sigmoid(x); }, -87, max, 1.3),
            3);
}

TEST(VectorMath, WholeNumbersAreExact) {
  const float max = std::numeric_limits<float>::max();
  EXPECT_EQ(largest_error(
                DUET_FUNCTION(floor), [](double x) { return std::floor(x); }, -max, max),
            0);
  EXPECT_EQ(largest_error(
                DUET_FUNCTION(truncate), [](double x) { return std::trunc(x); }, -max, max),
            0);
  EXPECT_TRUE(std::signbit(at(DUET_FUNCTION(truncate), -0.5f)));
}

TEST(VectorMath, AnglesAreAccurateAbsolutely) {
  double sine = 0, cosine = 0;
  for (uint32_t word = 0; word < 0xffffffffu - 1009; word += 1009) {
    const float x = std::bit_cast<float>(word);
    if (!(std::abs(x) <= math::kLargestAngle)) continue;
    sine = std::max(sine, std::abs(at([](Floats v) { return math::sine_ahead(v, 0); }, x) - std::sin(double{x})));
    cosine = std::max(cosine, std::abs(at([](Floats v) { return math::sine_ahead(v, 1); }, x) - std::cos(double{x})));
  }
  EXPECT_LT(sine, 1.2e-7);
  EXPECT_LT(cosine, 1.2e-7);
}

TEST(VectorMath, LimitsAndNaN) {
  EXPECT_EQ(at(DUET_FUNCTION(exp), -kInfinity), 0);
  EXPECT_EQ(at(DUET_FUNCTION(exp), kInfinity), kInfinity);
  EXPECT_EQ(at(DUET_FUNCTION(exp), 89.0f), kInfinity);
  EXPECT_EQ(at(DUET_FUNCTION(exp), 0.0f), 1);
  EXPECT_EQ(at(DUET_FUNCTION(log), 0.0f), -kInfinity);
  EXPECT_EQ(at(DUET_FUNCTION(log), kInfinity), kInfinity);
  EXPECT_EQ(at(DUET_FUNCTION(log), 1.0f), 0);
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(log), -1.0f)));
  EXPECT_EQ(at(DUET_FUNCTION(tanh), kInfinity), 1);
  EXPECT_EQ(at(DUET_FUNCTION(tanh), -kInfinity), -1);
  EXPECT_TRUE(std::signbit(at(DUET_FUNCTION(tanh), -0.0f)));
  EXPECT_EQ(at(DUET_FUNCTION(sigmoid), 0.0f), 0.5f);
  EXPECT_EQ(at(DUET_FUNCTION(sigmoid), -kInfinity), 0);
  EXPECT_EQ(at(DUET_FUNCTION(sigmoid), kInfinity), 1);
  EXPECT_EQ(at(DUET_FUNCTION(softplus), kInfinity), kInfinity);
  EXPECT_EQ(at(DUET_FUNCTION(softplus), -kInfinity), 0);
  EXPECT_EQ(at(DUET_FUNCTION(swish), kInfinity), kInfinity);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(exp), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(log), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(tanh), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(sigmoid), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(swish), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(softplus), nan)));
  EXPECT_TRUE(std::isnan(at(DUET_FUNCTION(floor), nan)));
}

TEST(VectorMath, TheSumOfLanesTakesEachOnce) {
  Floats x;
  float expected = 0;
  for (int i = 0; i < kLanes; ++i) expected += x[i] = static_cast<float>(1 << i);
  EXPECT_EQ(sum_of_lanes(x), expected);
}

}  // namespace
}  // namespace duet::kernels
