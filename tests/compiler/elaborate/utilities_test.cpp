// The utilities of std.utilities and what they are built from, against closed forms in double precision. The interpreter
// computes in float: 1e-6 relative is a few units of its last digit.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

using test::expect_near;
using test::Script;

constexpr double kFloat = 1e-6;

/// Scores without order or symmetry, all different.
std::vector<float> scores(int64_t count) {
  std::vector<float> j;
  for (int64_t i = 0; i < count; ++i) j.push_back(static_cast<float>(3 * std::sin(1.7 * i + 0.3) + 0.01 * i));
  return j;
}

class Utilities : public testing::Test {
 protected:
  Utilities() { script_.enter("use std.utilities"); }
  std::vector<float> weights(const std::string& utility, const std::vector<float>& j) {
    script_.set("J", {{"candidate", static_cast<int64_t>(j.size())}}, j);
    return script_.elements(utility);
  }
  Script script_;
};

TEST_F(Utilities, EliteGivesTheBestKOneKthEach) {
  for (const auto& [count, rho, k] : {std::tuple{100, 0.1, 10}, {10, 0.2, 2}, {40, 0.25, 10}, {7, 1.0, 7}, {5, 0.2, 1}}) {
    const auto j = scores(count);
    const auto w = weights("elite(J, " + std::to_string(rho) + ")", j);
    std::vector<size_t> order(j.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return j[a] > j[b]; });
    std::vector<double> expected(j.size());
    for (int i = 0; i < k; ++i) expected[order[static_cast<size_t>(i)]] = 1.0 / k;
    SCOPED_TRACE(std::to_string(count) + " candidates");
    expect_near(w, expected, kFloat);
  }
}

TEST_F(Utilities, EliteSharesAmongEqualScoresAndStillSumsToOne) {
  expect_near(weights("elite(J, 0.25)", {1, 2, 2, 2, 0, 0, 0, 0}), {0, 1 / 3., 1 / 3., 1 / 3., 0, 0, 0, 0}, kFloat);
}

TEST_F(Utilities, SoftmaxIsNormalisedAndMovesWithNoConstant) {
  const auto j = scores(13);
  std::vector<double> expected;
  double sum = 0;
  for (const float x : j) sum += expected.emplace_back(std::exp(double(x) / 0.5));
  for (double& x : expected) x /= sum;
  expect_near(weights("softmax(J / 0.5)", j), expected, 4e-6);  // the exponent's rounding, about 6 * 6e-8, is multiplied
  expect_near(weights("softmax(J / 0.5 + 80)", j), expected, 4e-5);  // 80 takes 5 bits from the exponent
  expect_near(weights("softmax(J * 1000)", {0, 1, 0.5}), {0, 1, 0}, kFloat);
}

TEST_F(Utilities, BestTakesAllSharedByTies) {
  expect_near(weights("best(J)", {1, 5, 2, -7}), {0, 1, 0, 0}, kFloat);
  expect_near(weights("best(J)", {5, 5, 2, -7}), {0.5, 0.5, 0, 0}, kFloat);
}

TEST_F(Utilities, ExpectedSumsToZero) {
  const auto j = scores(9);
  const double mean = std::accumulate(j.begin(), j.end(), 0.0) / 9;
  std::vector<double> expected;
  for (const float x : j) expected.push_back((x - mean) / 9);
  expect_near(weights("expected(J)", j), expected, kFloat);
}

TEST_F(Utilities, WeighEachStartByItself) {
  // Lifting: an axis beyond `candidate` is mapped over.
  const auto a = scores(20);
  std::vector<float> b = a, both = a;
  std::reverse(b.begin(), b.end());
  for (float& x : b) x = 2 * x + 100;
  both.insert(both.end(), b.begin(), b.end());
  for (const std::string utility : {"elite(J, 0.2)", "softmax(J)", "best(J)", "expected(J)"}) {
    const auto wa = weights(utility, a), wb = weights(utility, b);
    script_.set("J", {{"start", 2}, {"candidate", 20}}, both);
    const auto w = script_.elements("1 * " + utility);
    ASSERT_EQ(w.size(), 40u);
    EXPECT_TRUE(std::equal(wa.begin(), wa.end(), w.begin())) << utility;
    EXPECT_TRUE(std::equal(wb.begin(), wb.end(), w.begin() + 20)) << utility;
  }
}

TEST_F(Utilities, AQuantileIsInterpolatedBetweenNeighbours) {
  for (const double q : {0.0, 0.1, 0.37, 0.5, 0.99, 1.0}) {
    auto j = scores(11);
    const double value = weights("quantile[candidate](J, " + std::to_string(q) + ")", j).at(0);
    std::sort(j.begin(), j.end());
    const double at = q * 10;
    const auto below = static_cast<size_t>(at);
    const double expected = j[below] + (at - double(below)) * (j[std::min<size_t>(below + 1, 10)] - j[below]);
    EXPECT_NEAR(value, expected, 2e-6) << q;  // q is rounded to float before it is multiplied by 10
  }
}

TEST_F(Utilities, RecedingDropsTheFirstAndRepeatsTheLast) {
  script_.enter("use std.shifts");
  script_.set("m", {{"H", 4}, {"action", 2}}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(script_.elements("receding(m)"), (std::vector<float>{3, 4, 5, 6, 7, 8, 7, 8}));
  // With an axis outside, each row recedes by itself; with one step, it stays.
  script_.set("m", {{"start", 2}, {"H", 3}}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(script_.elements("receding(m)"), (std::vector<float>{2, 3, 3, 5, 6, 6}));
}

TEST(Ramps, AreStraightBetweenTheirEnds) {
  Script script;
  for (const double x : {-5.0, 0.0, 10.0, 20.0, 33.3, 40.0, 1000.0}) {
    script.set("x", {}, {static_cast<float>(x)});
    const double t = std::clamp((x - 10) / 30, 0.0, 1.0);
    EXPECT_NEAR(script.number("1 * ramp(x, 10..40, 5..15)"), 5 + 10 * t, 1e-5) << x;
    EXPECT_NEAR(script.number("1 * ramp(x, 10..40, 15..5)"), 15 - 10 * t, 1e-5) << x;
  }
}

TEST(Axes, OrderNeverMatters) {
  Script script;
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, turned = {1, 4, 2, 5, 3, 6}, b = {10, 20, 30};
  script.set("a", {{"H", 2}, {"action", 3}}, a);
  script.set("t", {{"action", 3}, {"H", 2}}, turned);
  script.set("b", {{"action", 3}}, b);
  script.set("c", {{"H", 2}}, {7, 9});
  for (const std::string op : {"+", "-", "*", "/", "^", "<", "=="}) {
    const std::string sum = "sum[H, action]((a " + op + " b) * c * (a + 1))";
    std::string other = "sum[action, H](c * (t + 1) * (t " + op + " b))";
    // A sum over both axes adds in the order in which they lie, so that the last digit may differ.
    const double one = script.number(sum), two = script.number(other);
    EXPECT_NEAR(one, two, 1e-6 * std::abs(one)) << op;
    double expected = 0;
    for (size_t h = 0; h < 2; ++h)
      for (size_t i = 0; i < 3; ++i) {
        const double x = a[3 * h + i], y = b[i];
        const double z = op == "+"   ? x + y
                         : op == "-" ? x - y
                         : op == "*" ? x * y
                         : op == "/" ? x / y
                         : op == "^" ? std::pow(x, y)
                         : op == "<" ? x < y
                                     : x == y;
        expected += z * (h ? 9 : 7) * (x + 1);
      }
    EXPECT_NEAR(one / (expected ? expected : 1), expected ? 1 : 0, 1e-5) << op;
  }
  EXPECT_EQ(script.elements("sum[action](a * b)"), script.elements("dot[action](b, t)"));
  EXPECT_EQ(script.number("max[H, action](a - t)"), 0);
  EXPECT_EQ(script.elements("a[H: 1, action: 2]"), script.elements("t[action: 2, H: 1]"));
}

}  // namespace
}  // namespace duet
