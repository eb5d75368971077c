// The mirror maps of std.mirrors: their stated formulas, and that these are what they claim to be, minimisers of
// step * <gradient, theta> + divergence(theta, old theta).

#include <cmath>

#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

using test::expect_near;
using test::Script;

constexpr int64_t kHorizon = 2, kActions = 3, kCandidates = 8;
constexpr double kFloat = 3e-6;  // sums of 8 products in float

/// A planner's distribution and its weighted candidates, in double: m and v[H, action], u[candidate, H, action].
struct Case {
  std::vector<double> m, v, u, w;
  static constexpr size_t kSize = kHorizon * kActions;

  Case() {
    double sum = 0;
    for (size_t i = 0; i < kSize; ++i) {
      m.push_back(float(std::sin(1.0 + 2.0 * i)));
      v.push_back(float(0.3 + 0.1 * i));
    }
    for (size_t c = 0; c < kCandidates; ++c) {
      sum += w.emplace_back(1 + std::cos(double(3 * c)));
      for (size_t i = 0; i < kSize; ++i) u.push_back(float(m[i] + std::sqrt(v[i]) * std::sin(c * 5.0 + i)));
    }
    for (double& x : w) x = float(x / sum);
  }
  double first(size_t i) const {
    double sum = 0;
    for (size_t c = 0; c < kCandidates; ++c) sum += w[c] * u[c * kSize + i];
    return sum;
  }
  double second(size_t i) const {
    double sum = 0;
    for (size_t c = 0; c < kCandidates; ++c) sum += w[c] * u[c * kSize + i] * u[c * kSize + i];
    return sum;
  }
};

class Mirrors : public testing::Test {
 protected:
  Mirrors() {
    script_.enter("use std.mirrors\nuse std.utilities");
    const auto floats = [](const std::vector<double>& x) { return std::vector<float>(x.begin(), x.end()); };
    script_.set("m", {{"H", kHorizon}, {"action", kActions}}, floats(case_.m));
    script_.set("v", {{"H", kHorizon}, {"action", kActions}}, floats(case_.v));
    script_.set("u", {{"candidate", kCandidates}, {"H", kHorizon}, {"action", kActions}}, floats(case_.u));
    script_.set("w", {{"candidate", kCandidates}}, floats(case_.w));
  }
  /// The two parts that a map of m and v gives.
  std::pair<std::vector<float>, std::vector<float>> both(const std::string& call) {
    script_.enter("let (mean, spread) = " + call);
    return {script_.elements("mean"), script_.elements("spread")};
  }
  Case case_;
  Script script_;
};

TEST_F(Mirrors, KlMovesTheMeanParameters) {
  for (const double step : {0.0, 0.25, 1.0}) {
    const auto [mean, variance] = both("kl(m, v, u = u, w = w, step = " + std::to_string(step) + ")");
    std::vector<double> m, v;
    for (size_t i = 0; i < Case::kSize; ++i) {
      // Mean parameters of a gaussian: E[u] and E[u u].
      const double mu = (1 - step) * case_.m[i] + step * case_.first(i);
      const double uu = (1 - step) * (case_.v[i] + case_.m[i] * case_.m[i]) + step * case_.second(i);
      m.push_back(mu);
      v.push_back(uu - mu * mu);
    }
    SCOPED_TRACE(step);
    expect_near(mean, m, kFloat);
    expect_near(variance, v, kFloat);
  }
}

/// KL of gaussian(m, v) from gaussian(m0, v0), one dimension.
double kl(double m, double v, double m0, double v0) {
  return 0.5 * (std::log(v0 / v) + (v + (m - m0) * (m - m0)) / v0 - 1);
}

TEST_F(Mirrors, KlMinimisesWhatItSays) {
  // The loss of DMD-MPC, -log sum of utilities, has in mean parameters mu = (E u, E u u) a gradient such that mirror
  // descent in the natural parameters reads: minimise step * E_w[-log p(u; theta)] + (1 - step) * KL(old || new). Its
  // minimiser must beat every neighbour, and its slope must vanish.
  const double step = 0.3;
  const auto [mean, variance] = both("kl(m, v, u = u, w = w, step = 0.3)");
  for (size_t i = 0; i < Case::kSize; ++i) {
    const auto objective = [&](double m, double v) {
      double cross = 0;
      for (size_t c = 0; c < kCandidates; ++c) {
        const double d = case_.u[c * Case::kSize + i] - m;
        cross += case_.w[c] * 0.5 * (std::log(v) + d * d / v);
      }
      return step * cross + (1 - step) * kl(case_.m[i], case_.v[i], m, v);
    };
    const double m = mean[i], v = variance[i], h = 1e-3, best = objective(m, v);
    for (const auto& [dm, dv] : {std::pair{h, 0.0}, {-h, 0.0}, {0.0, h}, {0.0, -h}, {h, h}, {-h, h}, {h, -h}, {-h, -h}})
      EXPECT_GT(objective(m + dm, v + dv), best) << i;
    // Central differences err by h^2 times a third derivative of order 10; the float result by 1e-6 times a curvature.
    EXPECT_NEAR((objective(m + h, v) - objective(m - h, v)) / (2 * h), 0, 1e-4);
    EXPECT_NEAR((objective(m, v + h) - objective(m, v - h)) / (2 * h), 0, 1e-4);
  }
}

TEST_F(Mirrors, TheDirectionThatIsMirroredIsTheScoreGradient) {
  // One small step of kl_mean is a natural-gradient step: m - step * v * score_gradient.
  std::vector<double> expected;
  const auto gradient = script_.elements("score_gradient(m, v, u, w)");
  for (size_t i = 0; i < Case::kSize; ++i) expected.push_back(case_.m[i] - 0.01 * case_.v[i] * gradient[i]);
  expect_near(script_.elements("kl_mean(m, u = u, w = w, step = 0.01)"), expected, kFloat);
  for (size_t i = 0; i < Case::kSize; ++i) expected[i] = -(case_.first(i) - case_.m[i]) / case_.v[i];
  expect_near(gradient, expected, 1e-5);
}

TEST_F(Mirrors, AFullStepWithEliteWeightsIsTheCrossEntropyMethod) {
  script_.set("J", {{"candidate", kCandidates}}, {3, 9, -1, 7, 8, 0, 2, 1});
  script_.enter("let e = elite(J, 0.5)");
  const auto [mean, variance] = both("kl(m, v, u = u, w = e)");
  const size_t elites[] = {1, 4, 3, 0};  // by score
  std::vector<double> m, v;
  for (size_t i = 0; i < Case::kSize; ++i) {
    double sum = 0, squares = 0;
    for (const size_t c : elites) sum += case_.u[c * Case::kSize + i];
    for (const size_t c : elites) squares += std::pow(case_.u[c * Case::kSize + i] - sum / 4, 2);
    m.push_back(sum / 4);
    v.push_back(squares / 4);  // maximum likelihood: divided by the number of elites
  }
  expect_near(mean, m, kFloat);
  expect_near(variance, v, kFloat);
}

TEST_F(Mirrors, MomentsSmoothMeanAndVarianceSeparately) {
  const auto [mean, variance] = both("moments(m, v, u = u, w = w, step = 0.8, v_step = 0.9)");
  std::vector<double> m, v;
  for (size_t i = 0; i < Case::kSize; ++i) {
    m.push_back(0.2 * case_.m[i] + 0.8 * case_.first(i));
    double spread = 0;
    for (size_t c = 0; c < kCandidates; ++c) spread += case_.w[c] * std::pow(case_.u[c * Case::kSize + i] - m.back(), 2);
    v.push_back(0.1 * case_.v[i] + 0.9 * spread);
  }
  expect_near(mean, m, kFloat);
  expect_near(variance, v, kFloat);
}

TEST_F(Mirrors, EuclideanIsAGradientStep) {
  std::vector<double> expected;
  for (size_t i = 0; i < Case::kSize; ++i) expected.push_back(case_.m[i] - 0.1 * case_.v[i]);
  expect_near(script_.elements("euclidean(m, gradient = v, step = 0.1)"), expected, kFloat);
}

}  // namespace
}  // namespace duet
