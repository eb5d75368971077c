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
    for (size_t c = 0; c < kCandidates; ++c)
      spread += case_.w[c] * std::pow(case_.u[c * Case::kSize + i] - m.back(), 2);
    v.push_back(0.1 * case_.v[i] + 0.9 * spread);
  }
  expect_near(mean, m, kFloat);
  expect_near(variance, v, kFloat);
}

TEST_F(Mirrors, KlOfAFullCovarianceMovesTheMeanParameters) {
  // S = L L' with some lower triangular L, for each step of the horizon.
  std::vector<double> full;
  const double lower[3][3] = {{0.8, 0, 0}, {0.3, 0.6, 0}, {-0.2, 0.1, 0.5}};
  for (int64_t h = 0; h < kHorizon; ++h)
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        double sum = 0;
        for (int k = 0; k < 3; ++k) sum += lower[a][k] * lower[b][k];
        full.push_back(float(sum * double(1 + h)));
      }
  script_.set("S", {{"H", kHorizon}, {"action", kActions}, {"other", kActions}}, {full.begin(), full.end()});
  const double step = 0.3;
  script_.enter("let (mean, spread) = kl_full(m, S, u = u, w = w, step = 0.3)");
  const auto mean = script_.elements("mean"), spread = script_.elements("spread[H: 0..2]");
  for (size_t h = 0; h < kHorizon; ++h)
    for (size_t a = 0; a < 3; ++a) {
      const auto at = [&](size_t k) { return h * 3 + k; };
      for (size_t b = 0; b < 3; ++b) {
        double uu = 0;  // E[u u'], the second mean parameter
        for (size_t c = 0; c < kCandidates; ++c)
          uu += case_.w[c] * case_.u[c * Case::kSize + at(a)] * case_.u[c * Case::kSize + at(b)];
        const auto mu = [&](size_t k) { return (1 - step) * case_.m[at(k)] + step * case_.first(at(k)); };
        const double old = full[(h * 3 + a) * 3 + b] + case_.m[at(a)] * case_.m[at(b)];
        EXPECT_NEAR(spread[(h * 3 + a) * 3 + b], (1 - step) * old + step * uu - mu(a) * mu(b), 3e-6);
        if (b == a) EXPECT_NEAR(mean[at(a)], mu(a), kFloat);
      }
    }
}

TEST_F(Mirrors, KlOfACategoricalMovesTheChances) {
  script_.set("p", {{"control", 3}}, {0.5, 0.3, 0.2});
  script_.set("i", {{"candidate", kCandidates}}, {0, 2, 1, 1, 0, 2, 2, 0});
  const double drawn[] = {0, 2, 1, 1, 0, 2, 2, 0}, old[] = {0.5, 0.3, 0.2};
  std::vector<double> expected;
  for (int k = 0; k < 3; ++k) {
    double share = 0;
    for (size_t c = 0; c < kCandidates; ++c) share += drawn[c] == k ? case_.w[c] : 0;
    expected.push_back(0.6 * old[k] + 0.4 * share);
  }
  expect_near(script_.elements("kl_categorical(p, i = i, w = w, step = 0.4)"), expected, kFloat);
}

TEST_F(Mirrors, KlMeanMinimisesForABernoulliToo) {
  // step * E_w[-log p(u)] + (1 - step) * KL(old || new), of a coin that shows 1 with chance p.
  script_.set("coin", {{"candidate", kCandidates}}, {1, 0, 0, 1, 1, 0, 1, 0});
  const double drawn[] = {1, 0, 0, 1, 1, 0, 1, 0}, step = 0.3, old = 0.35;
  double ones = 0, all = 0;
  for (size_t c = 0; c < kCandidates; ++c) ones += case_.w[c] * drawn[c], all += case_.w[c];
  const auto objective = [&](double p) {
    const double cross = -ones * std::log(p) - (all - ones) * std::log(1 - p);
    return step * cross - (1 - step) * (old * std::log(p) + (1 - old) * std::log(1 - p));
  };
  const double p = script_.number("kl_mean(0.35, u = coin, w = w, step = 0.3)"), h = 1e-3;
  EXPECT_GT(objective(p + h), objective(p));
  EXPECT_GT(objective(p - h), objective(p));
  // Central differences err by h^2 times a third derivative of order 10.
  EXPECT_NEAR((objective(p + h) - objective(p - h)) / (2 * h), 0, 1e-4);
}

TEST_F(Mirrors, DigammaAndTrigammaAreDerivativesOfLogGamma) {
  for (const double x : {0.05, 0.3, 1.0, 2.5, 7.0, 40.0}) {
    const double h = 1e-4 * x;
    const double first = (std::lgamma(x + h) - std::lgamma(x - h)) / (2 * h);
    const double second = (std::lgamma(x + h) - 2 * std::lgamma(x) + std::lgamma(x - h)) / (h * h);
    const std::string at = "(0 * m[H: 0, action: 0] + " + std::to_string(x) + ")";
    EXPECT_NEAR(script_.number("digamma" + at), first, 1e-5 * (1 + std::abs(first))) << x;
    EXPECT_NEAR(script_.number("trigamma" + at), second, 2e-5 * (1 + std::abs(second))) << x;
  }
}

TEST_F(Mirrors, KlOfABetaMinimisesWhatItSays) {
  const std::vector<float> u = {0.1, 0.7, 0.35, 0.8, 0.55, 0.9, 0.2, 0.6};
  script_.set("share", {{"candidate", kCandidates}}, u);
  for (const auto& [a0, b0] : {std::pair{2.0, 3.0}, {0.6, 0.8}, {20.0, 4.0}})
    for (const double step : {0.2, 0.7, 1.0}) {
      const std::string call = "kl_beta(" + std::to_string(a0) + " + 0 * w[candidate: 0], " + std::to_string(b0) +
                               ", u = share, w = w, step = " + std::to_string(step) + ")";
      script_.enter("let (a, b) = " + call);
      const double a = script_.number("a"), b = script_.number("b");
      // The gradient of step * E_w[-log p(u)] + (1 - step) * KL(old || new) is that of the mean parameters' difference:
      // E[log u] = psi(a) - psi(a + b), by differences of log Gamma.
      const auto psi = [](double x) {
        const double h = 1e-5 * x;
        return (std::lgamma(x + h) - std::lgamma(x - h)) / (2 * h);
      };
      double log_u = 0, log_rest = 0;
      for (size_t c = 0; c < kCandidates; ++c) {
        log_u += case_.w[c] * std::log(u[c]);
        log_rest += case_.w[c] * std::log1p(-u[c]);
      }
      SCOPED_TRACE(call);
      EXPECT_NEAR(psi(a) - psi(a + b), (1 - step) * (psi(a0) - psi(a0 + b0)) + step * log_u, 2e-5);
      EXPECT_NEAR(psi(b) - psi(a + b), (1 - step) * (psi(b0) - psi(a0 + b0)) + step * log_rest, 2e-5);
    }
}

}  // namespace
}  // namespace duet
