// Draws and log-probabilities of scripts against closed forms and integrals in double precision.

#include <algorithm>
#include <cmath>

#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

using test::expect_near;
using test::Script;

double normal_density(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return std::exp(-0.5 * z * z) / (deviation * std::sqrt(2 * M_PI));
}

/// A learner whose policy is the squashed gaussian of a network without hidden layers: what it draws and its
/// log-density.
constexpr auto kPolicy = R"(
learner steer() {
  net pi(obs) -> action = squashed_gaussian(mlp([4], tanh))
  head(s) = pi(s)
  update(b) { minimize mean[batch](sum[action](mode(pi(b.obs))^2)) over pi with sgd(0) }
  act(s) = mode(pi(s))
}
)";

TEST(Distributions, ADroppedUnitCountsForNothingAndTheOthersForIt) {
  // One hidden unit: a draw is the bias of the output, or that and what the unit gives, divided by 3/4.
  Script script("inverted_pendulum");
  script.enter(R"(
learner guess() {
  net f(obs) -> action = mlp([1], relu, dropout = 0.25)
  drawn(s) ~ f(s)
  update(b) { minimize mean[batch](sum[action](mode(f(b.obs))^2)) over f with sgd(0) }
  act(s) = mode(f(s))
}
)");
  script.enter("learner agent = guess()");
  constexpr int64_t kDraws = 4000;
  bool active = false;
  for (const float far : {100.0f, -100.0f}) {  // whatever the weights are, one of the two sets the unit off
    script.set("s", {{"draw", kDraws}, {"obs", 4}}, std::vector<float>(4 * kDraws, far));
    script.enter("let a ~ agent.drawn(s)");
    const auto a = script.elements("a"), mode = script.elements("agent.act(s)");
    const auto [least, most] = std::minmax_element(a.begin(), a.end());
    if (*least == *most) continue;
    active = true;
    const float dropped = std::abs(*least - mode[0]) > std::abs(*most - mode[0]) ? *least : *most;
    const float kept = dropped == *least ? *most : *least;
    EXPECT_NEAR(mode[0], dropped + 0.75 * (kept - dropped), 1e-5 * std::abs(kept));
    EXPECT_EQ(std::count(a.begin(), a.end(), dropped) + std::count(a.begin(), a.end(), kept), kDraws);
    // Four standard deviations of a share of a quarter among 4000.
    EXPECT_NEAR(double(std::count(a.begin(), a.end(), dropped)) / kDraws, 0.25, 0.03);
  }
  EXPECT_TRUE(active);
}

TEST(Distributions, ASquashedDrawHasTheDensityOfItsChangeOfVariables) {
  // Many draws at one observation: mean and deviation before squashing are found from the draws themselves, by undoing
  // the squashing; the log-density that the script gives must be that of the gaussian over |da/dx|, and it must
  // integrate to one: E[1 / density] over the draws is the length of the range.
  Script script("inverted_pendulum");  // one action, in -3..3
  script.enter(kPolicy);
  script.enter("learner agent = steer()");
  constexpr int64_t kDraws = 20000;
  script.set("s", {{"draw", kDraws}, {"obs", 4}}, [] {
    std::vector<float> s;
    for (int64_t i = 0; i < kDraws; ++i) s.insert(s.end(), {0.1f, -0.2f, 0.3f, 0.4f});
    return s;
  }());
  script.enter("let (a, logp) ~ agent.head(s)");
  const auto a = script.elements("a"), logp = script.elements("logp"), mode = script.elements("agent.act(s)");
  ASSERT_EQ(a.size(), size_t(kDraws));
  ASSERT_EQ(logp.size(), size_t(kDraws));
  const double mean = std::atanh(mode[0] / 3.0);
  double square = 0;
  for (const float x : a) square += std::pow(std::atanh(x / 3.0) - mean, 2) / kDraws;
  const double deviation = std::sqrt(square);
  double length = 0, largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = std::atanh(a[i] / 3.0), slope = 3 * (1 - std::pow(std::tanh(x), 2));
    const double expected = std::log(normal_density(x, mean, deviation) / slope);
    // The deviation is estimated to 0.5 %, which moves log N by at most 0.005 * z^2; undoing tanh in float costs more
    // near the ends of the range, which are left out.
    if (std::abs(a[i]) < 2.9 && std::abs(x - mean) < 2 * deviation)
      largest = std::max(largest, std::abs(expected - logp[i]));
    if (std::abs(a[i]) < 2.5) length += std::exp(-double(logp[i])) / kDraws;
  }
  EXPECT_LT(largest, 0.05);
  EXPECT_NEAR(length, 5.0, 0.15);  // the range -2.5..2.5; about 5 standard errors
}

TEST(Distributions, GaussianLikelihoodIsTheTextbooks) {
  Script script;
  script.set("m", {{"obs", 3}}, {0.5f, -1, 2});
  script.set("v", {{"obs", 3}}, {0.25f, 1, 4});
  script.set("x", {{"batch", 2}, {"obs", 3}}, {0, 0, 0, 1, -1, 5});
  const double m[] = {0.5, -1, 2}, d[] = {0.5, 1, 2}, x[] = {0, 0, 0, 1, -1, 5};
  std::vector<double> expected(2);
  for (size_t i = 0; i < 6; ++i) expected[i / 3] += std::log(normal_density(x[i], m[i % 3], d[i % 3]));
  expect_near(script.elements("log_prob(gaussian(m, v), x)"), expected, 1e-6);
  expect_near(script.elements("-nll(gaussian(m, v), x)"), expected, 1e-6);
  expect_near({static_cast<float>(script.number("log_prob(normal(1, 3), 2 + 0 * step)"))},
              {std::log(normal_density(2, 1, 3))}, 1e-6);
  expect_near(script.elements("variance(gaussian(m, v))"), {0.25, 1, 4}, 1e-6);
  expect_near(script.elements("log_variance(gaussian(m, v))"), {std::log(0.25), 0, std::log(4.0)}, 1e-6);
}

struct Moments {
  double mean = 0, variance = 0, least = 1e9, largest = -1e9;
};
Moments moments(const std::vector<float>& x) {
  Moments m;
  for (const float e : x) {
    m.mean += e / double(x.size());
    m.least = std::min<double>(m.least, e);
    m.largest = std::max<double>(m.largest, e);
  }
  for (const float e : x) m.variance += std::pow(e - m.mean, 2) / double(x.size());
  return m;
}

TEST(Distributions, DrawsHaveTheirMoments) {
  // 40000 draws: standard errors are 0.5 % of a deviation for the mean and 0.7 % for the variance; five of them.
  Script script;
  const auto drawn = [&](const std::string& distribution) {
    script.enter("let x[k: 40000] ~ " + distribution);
    return moments(script.elements("x"));
  };
  const Moments normal = drawn("normal(2, 3)"), gaussian = drawn("gaussian(-1, 0.25)"),
                uniform = drawn("uniform(-1, 5)"), cut = drawn("truncated(1, 4, 2)");
  EXPECT_NEAR(normal.mean, 2, 0.075);
  EXPECT_NEAR(normal.variance, 9, 0.32);
  EXPECT_NEAR(gaussian.mean, -1, 0.0125);
  EXPECT_NEAR(gaussian.variance, 0.25, 0.009);
  EXPECT_NEAR(uniform.mean, 2, 0.045);
  EXPECT_NEAR(uniform.variance, 3, 0.07);
  EXPECT_GE(uniform.least, -1);
  EXPECT_LE(uniform.largest, 5);
  // A standard normal cut at 2: variance 1 - 2 * 2 * phi(2) / (Phi(2) - Phi(-2)).
  const double rest = 1 - 4 * normal_density(2, 0, 1) / std::erf(std::sqrt(2.0));
  EXPECT_NEAR(cut.mean, 1, 0.05);
  EXPECT_NEAR(cut.variance, 4 * rest, 0.1);
  EXPECT_GE(cut.least, -3 - 1e-5);
  EXPECT_LE(cut.largest, 5 + 1e-5);
}

TEST(Distributions, CategoricalFollowsItsWeightsAndPickIsEven) {
  Script script;
  script.set("w", {{"candidate", 4}}, {1, 0, 3, 4});
  script.enter("let i[k: 40000] ~ categorical[candidate](w)");
  script.set("names", {{"candidate", 4}}, {10, 20, 30, 40});
  std::map<float, int> count, picked;
  for (const float i : script.elements("1 * i")) ++count[i];
  EXPECT_EQ(count.count(1), 0u) << "a weight of zero";
  for (const auto& [i, share] : {std::pair{0, 0.125}, {2, 0.375}, {3, 0.5}})
    EXPECT_NEAR(count[float(i)] / 40000., share, 0.0125) << i;
  script.enter("let p[k: 40000] ~ pick(names)");
  for (const float x : script.elements("p")) ++picked[x];
  ASSERT_EQ(picked.size(), 4u);
  for (const auto& [name, times] : picked) EXPECT_NEAR(times / 40000., 0.25, 0.011) << name;
}

TEST(Distributions, TwoDrawsAreIndependentAndASeedIsAStream) {
  Script a("", 3), b("", 3), c("", 4);
  for (Script* script : {&a, &b, &c}) script->enter("let x[k: 4000] ~ normal()\nlet y[k: 4000] ~ normal()");
  const auto x = a.elements("x"), y = a.elements("y");
  EXPECT_EQ(x, b.elements("x"));
  EXPECT_EQ(y, b.elements("y"));
  EXPECT_NE(x, c.elements("x"));
  double same = 0;
  for (size_t i = 0; i < x.size(); ++i) same += double(x[i]) * y[i] / 4000;
  EXPECT_NEAR(same, 0, 5 / std::sqrt(4000.0));
}

TEST(Distributions, ColouredDrawsHangTogetherAsTheirSpectrumSays) {
  constexpr int kDraws = 20000, kSteps = 6;
  Script script("inverted_pendulum", 3);
  script.enter("let m[H: 6, k: 2] = 1");
  script.enter("let u[draw: 20000, H: 6, k: 2] ~ coloured[H](cumsum[H](m), 4, 1)");
  const auto u = script.elements("u");
  ASSERT_EQ(u.size(), size_t(kDraws * kSteps * 2));
  const auto at = [&](int draw, int h, int k) { return u[size_t((draw * kSteps + h) * 2 + k)] - (h + 1.0); };
  // Powers 1, 1, 1/2 and 1/3 at the frequencies 0 to 3; the first and the last count half.
  const auto lag = [](int s) {
    const double angle = 2 * M_PI * s / kSteps;
    return 0.5 + std::cos(angle) + 0.5 * std::cos(2 * angle) + 0.5 / 3 * std::cos(3 * angle);
  };
  for (int s = 0; s < kSteps; ++s)
    for (int t = 0; t <= s; ++t) {
      double own = 0, other = 0;
      for (int draw = 0; draw < kDraws; ++draw) {
        own += at(draw, s, 0) * at(draw, t, 0) / kDraws;
        other += at(draw, s, 0) * at(draw, t, 1) / kDraws;
      }
      // Standard errors: up to 4 sqrt(2 / 20000) = 0.04.
      EXPECT_NEAR(own, 4 * lag(s - t) / lag(0), 0.16);
      EXPECT_NEAR(other, 0, 0.16) << "other axes are drawn by themselves";
    }
  EXPECT_EQ(script.errors("let (a, logp) ~ coloured[H](m, 1, 1)"), std::vector<std::string>{"E0328"});
}

}  // namespace
}  // namespace duet
