// Steps of potentials, in both engines: they are what the update rule says, slope(new) = slope(old) - step * gradient,
// and the named methods are cases of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "compiler/passes/pipeline.h"
#include "runtime/plan/plan.h"
#include "tests/compiler/elaborate/compiled.h"
#include "tests/compiler/elaborate/script.h"

namespace duet::test {
namespace {

enum class Which { interpreter, plan };

std::string list(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "[" : ", ") + std::to_string(value);
  return text + "]";
}

/// What a planner's theta is after one step of the robot. `theta` is the clause without its keyword.
class Planned {
 public:
  Planned(const std::string& definitions, const std::string& clauses, Which which)
      : compiled_("use std.mirrors\nuse std.utilities\n" + definitions + "\nplanner probe(robot) {\n" + clauses +
                      "\n}\nalgorithm look(robot) {\n  memory real(10)\n  planner plan = probe(robot)\n"
                      "  loop { interact with plan.act into real }\n}\n",
                  "inverted_pendulum") {
    run_pipeline(compiled_.program, {}, which == Which::plan ? plan_pipeline() : pipeline());
    const EngineOptions options{.seed = 3, .steps = 1};
    if (which == Which::plan)
      engine_ = std::make_unique<Plan>(compiled_.program, options);
    else
      engine_ = std::make_unique<Interpreter>(compiled_.program, options);
    engine_->run();
  }
  std::vector<float> operator()(const std::string& name) {
    return engine_->evaluate(compiled_.getter(compiled_.states("plan@0." + name).at(0))).at(0).data;
  }

 private:
  Compiled compiled_;
  std::unique_ptr<Executor> engine_;
};

class MirrorSteps : public testing::TestWithParam<Which> {
 protected:
  /// One step from `start` down `gradient`.
  std::vector<float> step(const std::string& map, const std::vector<double>& start, const std::vector<double>& gradient,
                          double size, const std::string& definitions = "", const std::string& set = "") {
    const std::string n = std::to_string(start.size());
    return Planned(definitions,
                   "theta m[_: " + n + "]\nstart m = " + list(start) + "\nmirror " + map + " on m " + set + " step " +
                       std::to_string(size) + " down " + list(gradient) + "\nact 0 * m[0..1]",
                   GetParam())("m");
  }
};

using Slope = std::function<double(double)>;

const std::vector<double> kStart = {0.1, 0.35, 0.5, 0.8, 0.9, 0.25}, kGradient = {1, -2, 0.5, -0.25, 0, 3};

std::vector<double> expected(const std::function<double(double, double)>& closed, double size) {
  std::vector<double> all;
  for (size_t i = 0; i < kStart.size(); ++i) all.push_back(closed(kStart[i], size * kGradient[i]));
  return all;
}

constexpr double kFloat = 2e-6;  // a few roundings of single precision

double logit(double x) {
  return std::log(x / (1 - x));
}
double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST_P(MirrorSteps, AreTheClosedFormsOfTheLibrary) {
  const double g = 0.4;
  const auto closed = [&](const std::string& map, const auto& f) {
    SCOPED_TRACE(map);
    expect_near(step(map, kStart, kGradient, g), expected(f, g), kFloat);
  };
  closed("euclidean", [](double x, double d) { return x - d; });
  closed("quadratic(metric = 4)", [](double x, double d) { return x - d / 4; });
  closed("entropy", [](double x, double d) { return x * std::exp(-d); });
  closed("fermi(lo = 0, hi = 1)", [](double x, double d) { return sigmoid(logit(x) - d); });
  closed("fermi(lo = -1, hi = 2)", [](double x, double d) { return 3 * sigmoid(logit((x + 1) / 3) - d) - 1; });
  closed("p_norm", [](double x, double d) {
    const double y = std::sqrt(x) - d;
    return std::copysign(y * y, y);
  });
}

TEST_P(MirrorSteps, WithoutClosedFormSolveTheSameEquation) {
  struct Case {
    std::string body;
    Slope slope;
  };
  const std::vector<Case> cases = {
      {"x^2 / 2 + x^4 / 4", [](double x) { return x + x * x * x; }},
      {"x * log(x) + x^2 / 2", [](double x) { return std::log(x) + 1 + x; }},
      {"x * log(x) + (1 - x) * log(1 - x) + x^2", [](double x) { return logit(x) + 2 * x; }},
      {"exp(x) + x^2", [](double x) { return std::exp(x) + 2 * x; }},
      {"exp(2 * x) + exp(-x)", [](double x) { return 2 * std::exp(2 * x) - std::exp(-x); }},
      {"sqrt(1 + x^2) + 0.1 * x^2", [](double x) { return x / std::sqrt(1 + x * x) + 0.2 * x; }}};
  for (const Case& each : cases)
    for (const double g : {0.1, 1.0, 4.0}) {
      SCOPED_TRACE(each.body + " " + std::to_string(g));
      const auto m = step("own", kStart, kGradient, g, "potential own(x) = " + each.body);
      for (size_t i = 0; i < m.size(); ++i) {
        const double wanted = each.slope(kStart[i]) - g * kGradient[i], h = 1e-3 * m[i];
        // The residual that a relative error of the solution of 3e-6 makes.
        const double curvature = std::abs(each.slope(m[i] + h) - each.slope(m[i] - h)) / std::abs(2 * h);
        EXPECT_NEAR(each.slope(m[i]), wanted, 3e-6 * (1 + std::abs(wanted)) + 3e-6 * curvature * std::abs(m[i])) << i;
      }
    }
}

TEST_P(MirrorSteps, IterationFindsWhatTheClosedFormsSay) {
  // A summand too small to matter hides the closed form.
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"euclidean", "x^2 / 2"},
      {"entropy", "x * log(x)"},
      {"fermi(lo = 0, hi = 1)", "x * log(x) + (1 - x) * log(1 - x)"},
      {"p_norm", "abs(x)^1.5 / 1.5"}};
  for (const auto& [map, body] : pairs) {
    SCOPED_TRACE(map);
    const auto closed = step(map, kStart, kGradient, 0.7);
    const auto found = step("own", kStart, kGradient, 0.7, "potential own(x) = " + body + " + 1e-20 * x^4");
    expect_near(found, {closed.begin(), closed.end()}, 2e-5);
  }
}

TEST_P(MirrorSteps, StayInsideTheDomainHoweverLargeTheyAre) {
  for (const double g : {1e2, 1e4}) {
    for (const float x : step("fermi(lo = -1, hi = 2)", kStart, kGradient, g)) {
      EXPECT_GT(x, -1);
      EXPECT_LT(x, 2);
    }
    for (const float x : step("entropy", kStart, {1, 2, 3, 1, 2, 3}, g)) EXPECT_GT(x, 0);
  }
}

TEST_P(MirrorSteps, WithinABoxAreClipped) {
  expect_near(step("euclidean", kStart, kGradient, 0.4, "", "within 0.2..0.6"),
              expected([](double x, double d) { return std::clamp(x - d, 0.2, 0.6); }, 0.4), kFloat);
}

const std::vector<double> kShares = {0.1, 0.2, 0.05, 0.25, 0.3, 0.1};

TEST_P(MirrorSteps, OfTheEntropyOnASimplexAreExponentiatedGradient) {
  std::vector<double> p;
  for (size_t i = 0; i < kShares.size(); ++i) p.push_back(kShares[i] * std::exp(-0.5 * kGradient[i]));
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& x : p) x /= sum;
  expect_near(step("entropy", kShares, kGradient, 0.5, "", "within simplex[_]"), p, kFloat);
}

TEST_P(MirrorSteps, OfEuclidOnASimplexAreItsProjection) {
  // Wang and Carreira-Perpinan 2013: subtract what makes the positive parts sum to 1.
  std::vector<double> y;
  for (size_t i = 0; i < kShares.size(); ++i) y.push_back(kShares[i] - 0.1 * kGradient[i]);
  std::vector<double> sorted = y;
  std::sort(sorted.rbegin(), sorted.rend());
  double sum = 0, shift = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    if (sorted[i] - (sum - 1) / (i + 1) > 0) shift = (sum - 1) / (i + 1);
  }
  std::vector<double> p;
  for (const double each : y) p.push_back(std::max(each - shift, 0.0));
  EXPECT_EQ(std::count(p.begin(), p.end(), 0.0), 1) << "the case has an element at the border";
  expect_near(step("euclidean", kShares, kGradient, 0.1, "", "within simplex[_]"), p, 1e-5);
}

TEST_P(MirrorSteps, OnASimplexAddOneNumberToAllSlopes) {
  const std::string own = "potential own(x) = x * log(x) + x^2";
  const auto p = step("own", kShares, kGradient, 0.5, own, "within simplex[_]");
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-6);
  const auto slope = [](double x) { return std::log(x) + 2 * x; };
  const auto added = [&](size_t i) { return slope(p[i]) - slope(kShares[i]) + 0.5 * kGradient[i]; };
  for (size_t i = 1; i < p.size(); ++i) EXPECT_NEAR(added(i), added(0), 2e-5) << i;
}

// --- score and pathwise ---------------------------------------------------------------------------------------------

constexpr size_t kCandidates = 6, kSize = 3;

/// A gaussian planner whose candidates and weights can be looked at.
std::string sampling(const std::string& weights, const std::string& mirror) {
  return R"(
  theta   m[_: 3], v[_: 3], old[_: 3], before[_: 3], seen[candidate: 6, _: 3], weight[candidate: 6]
  start   m = [0.3, -0.2, 0.1], v = [0.5, 1, 2]
  shift   old = m, before = v
  draw    u[candidate: 6, _: 3] ~ gaussian(m, v)
  score   J = -sum[_]((u - [1, 0, -1])^2)
  weigh   w = )" +
         weights + "\n  mirror " + mirror + R"(
  act {
    seen = u
    weight = w
    return 0 * m[0..1]
  }
)";
}

struct Sampled {
  std::vector<float> m, v, old, before, u, w;
  double mean(size_t i) const {
    double sum = 0;
    for (size_t c = 0; c < kCandidates; ++c) sum += double(w[c]) * u[c * kSize + i];
    return sum;
  }
};

Sampled sampled(const std::string& weights, const std::string& mirror, Which which) {
  Planned run("", sampling(weights, mirror), which);
  return {run("m"), run("v"), run("old"), run("before"), run("seen"), run("weight")};
}

TEST_P(MirrorSteps, DownTheScoreAreGradientDescent) {
  const Sampled s = sampled("softmax(J)", "euclidean on m step 0.1 score", GetParam());
  std::vector<double> m;
  for (size_t i = 0; i < kSize; ++i) m.push_back(s.old[i] + 0.1 * (s.mean(i) - s.old[i]) / s.before[i]);
  expect_near(s.m, m, kFloat);
  EXPECT_EQ(s.v, s.before);
}

TEST_P(MirrorSteps, DownTheScoreMoveVariancesToo) {
  const Sampled s = sampled("softmax(J)", "euclidean on m, v step 0.05 score", GetParam());
  for (size_t i = 0; i < kSize; ++i) {
    double slope = 0;  // of log p with respect to v
    for (size_t c = 0; c < kCandidates; ++c) {
      const double d = s.u[c * kSize + i] - s.old[i], v = s.before[i];
      slope += s.w[c] * 0.5 * (d * d / (v * v) - 1 / v);
    }
    EXPECT_NEAR(s.v[i], s.before[i] + 0.05 * slope, 3e-6);
  }
}

TEST_P(MirrorSteps, InFishersMetricAreNaturalGradientAndPathIntegralControl) {
  // Step 1: the weighted mean of the candidates, with weights exp(J / temperature).
  for (const double step : {0.25, 1.0}) {
    const std::string map = "quadratic(metric = 1 / v) on m step " + std::to_string(step) + " score";
    const Sampled s = sampled("softmax(J / 0.5)", map, GetParam());
    const Sampled closed = sampled("softmax(J / 0.5)", "kl_mean(m; u, w) step " + std::to_string(step), GetParam());
    EXPECT_EQ(s.u, closed.u);
    std::vector<double> m;
    for (size_t i = 0; i < kSize; ++i) m.push_back((1 - step) * s.old[i] + step * s.mean(i));
    expect_near(s.m, m, kFloat);
    expect_near(closed.m, m, kFloat);
  }
}

TEST_P(MirrorSteps, WithEliteWeightsAreTheCrossEntropyMethod) {
  const Sampled s = sampled("elite(J, 0.5)", "quadratic(metric = 1 / v) on m step 1 score", GetParam());
  EXPECT_EQ(std::count_if(s.w.begin(), s.w.end(), [](float w) { return std::abs(w - 1.0 / 3) < 1e-6; }), 3);
  std::vector<double> m;
  for (size_t i = 0; i < kSize; ++i) m.push_back(s.mean(i));
  expect_near(s.m, m, kFloat);
}

TEST_P(MirrorSteps, DownTheScoreOfACategoricalCountWhatWasDrawn) {
  Planned run("", R"(
  theta   p[control: 4], seen[candidate: 8], weight[candidate: 8]
  start   p = 0.25
  draw    i[candidate: 8] ~ categorical[control](p)
  score   J = 0.5 * i
  weigh   w = softmax(J)
  mirror  entropy on p within simplex[control] step 0.2 score
  act {
    seen = i
    weight = w
    return [0 * sum[control](p)]
  }
)",
              GetParam());
  const auto p = run("p"), seen = run("seen"), weight = run("weight");
  std::vector<double> wanted;
  for (int k = 0; k < 4; ++k) {
    double share = 0;
    for (size_t c = 0; c < seen.size(); ++c) share += seen[c] == k ? weight[c] : 0;
    wanted.push_back(0.25 * std::exp(0.2 * share / 0.25));
  }
  const double sum = std::accumulate(wanted.begin(), wanted.end(), 0.0);
  for (double& x : wanted) x /= sum;
  expect_near(p, wanted, kFloat);
}

TEST_P(MirrorSteps, DownTheReturnAreItsSlopeThroughTheRollout) {
  const std::string rollout = R"(
  theta   m[H: 4, _: 2]
  start   m = 0.4 * [1, -0.5]
  let     size[H: 4] = 1
  rollout x = [0.2, -0.1]; each H: x' = x + 0.3 * sin(x + m * size), r = -norm2(x') - 0.1 * norm2(m)^2
  score   J = sum[h in H](0.9^h * r)
)";
  const auto value = [](const std::vector<double>& m) {
    double x[2] = {0.2, -0.1}, sum = 0;
    for (size_t h = 0; h < 4; ++h) {
      double r = 0, size = 0;
      for (size_t i = 0; i < 2; ++i) {
        x[i] += 0.3 * std::sin(x[i] + m[2 * h + i]);
        r -= x[i] * x[i];
        size += m[2 * h + i] * m[2 * h + i];
      }
      sum += std::pow(0.9, h) * (r - 0.1 * size * size);
    }
    return sum;
  };
  std::vector<double> m;
  for (int h = 0; h < 4; ++h) m.insert(m.end(), {0.4, -0.2});
  std::vector<double> wanted;
  for (size_t i = 0; i < m.size(); ++i) {
    auto up = m, down = m;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    wanted.push_back(m[i] + 0.5 * (value(up) - value(down)) / 2e-5);
  }
  for (const char* direction : {"pathwise", "down gradient[m](-J)", "down -gradient[m](J)"}) {
    SCOPED_TRACE(direction);
    expect_near(Planned("", rollout + "mirror euclidean on m step 0.5 " + direction + "\nact 0 * m[H: 0, _: 0..1]",
                        GetParam())("m"),
                wanted, kFloat);
  }
}

TEST_P(MirrorSteps, GoDownDrawsByTheirNoise) {
  // u = m + sqrt(v) z: the slope of mean(u^2) with respect to m is 2 mean(u), with respect to v mean(u z) / sqrt(v).
  Planned run("", R"(
  theta   m[_: 3], v[_: 3], seen[candidate: 6, _: 3]
  start   m = [0.3, -0.2, 0.1], v = [0.5, 1, 2]
  draw    u[candidate: 6, _: 3] ~ gaussian(m, v)
  score   J = -mean[candidate](sum[_](u^2))
  mirror  euclidean on m, v step 0.1 pathwise
  act {
    seen = u
    return 0 * m[0..1]
  }
)",
              GetParam());
  const auto m = run("m"), v = run("v"), u = run("seen");
  const double old[] = {0.3, -0.2, 0.1}, before[] = {0.5, 1, 2};
  for (size_t i = 0; i < kSize; ++i) {
    double first = 0, second = 0;
    for (size_t c = 0; c < kCandidates; ++c) {
      const double x = u[c * kSize + i], z = (x - old[i]) / std::sqrt(before[i]);
      first += 2 * x / kCandidates;
      second += x * z / std::sqrt(before[i]) / kCandidates;
    }
    EXPECT_NEAR(m[i], old[i] - 0.1 * first, 2e-6);
    EXPECT_NEAR(v[i], before[i] - 0.1 * second, 2e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Both, MirrorSteps, testing::Values(Which::interpreter, Which::plan),
                         [](const auto& info) { return info.param == Which::plan ? "plan" : "interpreter"; });

/// The script of docs/mirrors.md: what the pendulum's motor gets in an episode.
std::vector<float> torques(const std::string& algorithm) {
  const std::string text = Compiled::text_of(DUET_ROOT "/docs/mirrors/bounded_torque.duet");
  // All planners, and the one algorithm.
  const size_t algorithms = text.find("\nalgorithm "), chosen = text.find("\nalgorithm " + algorithm + "(");
  const size_t end = text.find("\n}", chosen) + 2;
  Compiled compiled(text.substr(0, algorithms) + text.substr(chosen, end - chosen), "pendulum",
                    {{"episodes", "1"}, {"size", "0.05"}});
  run_pipeline(compiled.program, {}, plan_pipeline());
  Plan engine(compiled.program, {.seed = 1, .steps = 199});
  engine.run();
  return engine.evaluate(compiled.contents("real")).at(1).data;
}

double at_limit(const std::vector<float>& torques) {
  const auto n = std::count_if(torques.begin(), torques.end(), [](float u) { return std::abs(u) >= 2; });
  return static_cast<double>(n) / static_cast<double>(torques.size());
}

TEST(BoundedTorque, TheFermiMapReachesNoLimitAndClippingDoes) {
  const auto inside = torques("fermi_map"), clipped = torques("clipping_steps");
  ASSERT_EQ(inside.size(), 199u);
  for (const float u : inside) ASSERT_LT(std::abs(u), 2);
  EXPECT_GT(std::abs(*std::ranges::max_element(inside, {}, [](float u) { return std::abs(u); })), 1.7)
      << "it works hard";
  EXPECT_GT(at_limit(clipped), 0.05);
  // Controls that are clipped where they act are beyond the limits as plans.
  const auto planned = torques("clipping_controls");
  EXPECT_GT(std::count_if(planned.begin(), planned.end(), [](float u) { return std::abs(u) > 2; }), 0);
}

}  // namespace
}  // namespace duet::test
