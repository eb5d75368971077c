// Planners as functions of a state: mapped over many starts they give each what it would get alone.

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/compiler/elaborate/compiled.h"
#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

/// `centre` and `spread` are those of the drawn candidates; c runs from 1/16 to 1 along them.
std::string script(int starts, const std::string& centre, const std::string& spread) {
  return R"(
use std.utilities
use std.mirrors
planner probe(H = 3, N = 16) {
  theta   m[H, action], v[H, action]
  let     z[candidate: N] ~ normal()
  let     c = cumsum[candidate](0 * z + 1) / N
  shift   m = 0.1 * state[0], v = 0.5
  draw    u[candidate: N, H, action] ~ gaussian()" +
         centre + ", " + spread + R"() within action
  rollout x = state; each H: x = x + 0.1 * u[0], r = -norm2(x)
  score   J = sum[H](r)
  weigh   w = elite(J, 0.25)
  mirror  kl(m, v; u, w)
  act     m[H: 0]
  record  x = state; each H: x' = x + 0.1 * m[0], store (x, m, -norm2(x'), x', 1)
}
algorithm look(robot) {
  memory  real(1000), imagined(10_000)
  planner plan = probe()
  warm up 60 steps with uniform(action) into real
  loop {
    interact with uniform(action) into real
    every 70 steps { record plan from )" +
         std::to_string(starts) + R"( starts in real into imagined }
  }
}
)";
}

struct Transitions {
  std::vector<float> obs, action, reward, after, alive;
  size_t count() const { return reward.size(); }
  std::vector<float> start(size_t i) const { return {obs.begin() + 4 * long(i), obs.begin() + 4 * long(i) + 4}; }
};

/// What is in both memories after 70 steps: real, then imagined.
std::pair<Transitions, Transitions> run(const std::string& text) {
  test::Compiled compiled(text, "inverted_pendulum");
  const Block real = compiled.contents("real"), imagined = compiled.contents("imagined");
  Interpreter engine(compiled.program, {.seed = 5, .steps = 70});
  engine.run();
  const auto all = [&](const Block& block) {
    auto parts = engine.evaluate(block);
    return Transitions{parts[0].data, parts[1].data, parts[2].data, parts[3].data, parts[4].data};
  };
  return {all(real), all(imagined)};
}

/// The plan for one state in double precision, with the candidates m + c - 0.5.
double planned(const std::vector<float>& state) {
  const double m = 0.1 * state[0];
  std::vector<std::pair<double, double>> scored;
  for (int c = 1; c <= 16; ++c) {
    const double u = std::clamp(m + c / 16.0 - 0.5, -3.0, 3.0);
    std::vector<double> x(state.begin(), state.end());
    double score = 0;
    for (int h = 0; h < 3; ++h)
      for (double& e : x) {
        e += 0.1 * u;
        score -= e * e;
      }
    scored.emplace_back(score, u);
  }
  std::sort(scored.rbegin(), scored.rend());
  double mean = 0;
  for (size_t k = 0; k < 4; ++k) mean += scored[k].second / 4;
  return mean;
}

TEST(Planner, LiftedOverStartsItPlansForEachByItself) {
  constexpr int kStarts = 40;
  const auto [real, imagined] = run(script(kStarts, "m + c - 0.5", "0 * v"));
  ASSERT_EQ(real.count(), 70u);
  ASSERT_EQ(imagined.count(), size_t(3 * kStarts));
  std::set<std::vector<float>> states;
  for (size_t i = 0; i < real.count(); ++i) states.insert(real.start(i));
  int starts = 0;
  std::set<std::vector<float>> planned_from;
  for (size_t i = 0; i < imagined.count(); ++i) {
    const auto state = imagined.start(i);
    // Every row is a step under the plan: obs' = obs + 0.1 * action.
    double reward = 0;
    for (size_t j = 0; j < 4; ++j) {
      const double after = state[j] + 0.1 * imagined.action[i];
      EXPECT_NEAR(imagined.after[4 * i + j], after, 1e-6);
      reward -= after * after;
    }
    EXPECT_NEAR(imagined.reward[i], reward, 1e-6 * std::max(1.0, -reward));
    if (!states.count(state)) continue;
    ++starts;
    planned_from.insert(state);
    EXPECT_NEAR(imagined.action[i], planned(state), 1e-5) << "of the start with cart at " << state[0];
  }
  EXPECT_EQ(starts, kStarts);
  EXPECT_GT(planned_from.size(), 10u) << "starts are drawn from all of the memory";
}

TEST(Planner, TheFirstOfManyStartsGetsTheDrawsOfASingleOne) {
  const auto [real1, one] = run(script(1, "m", "v"));
  const auto [real8, eight] = run(script(8, "m", "v"));
  EXPECT_EQ(real1.obs, real8.obs);
  ASSERT_EQ(one.count(), 3u);
  ASSERT_EQ(eight.count(), 24u);
  // The rows of a step lie together or those of a start do; the first is that of the first start either way.
  EXPECT_EQ(one.start(0), eight.start(0));
  EXPECT_EQ(one.action[0], eight.action[0]);
  EXPECT_EQ(one.after[0], eight.after[0]);
}

TEST(Planner, EveryStartHasDrawsOfItsOwn) {
  // The mean of the elites is random; from equal states (all candidates count alike: spread only) it must differ.
  const auto [real, imagined] = run(script(200, "0 * m", "v"));
  ASSERT_EQ(imagined.count(), 600u);
  std::set<float> actions(imagined.action.begin(), imagined.action.end());
  EXPECT_GT(actions.size(), 590u);
}

/// How many layers there are in blocks of an operation, and how many of them round.
std::pair<int, int> layers_in(const Program& program, Op op) {
  std::pair<int, int> found;
  test::visit(program.main, [&](const Node& outer) {
    if (outer.op != op) return;
    for (const Block& block : outer.blocks)
      test::visit(block, [&](const Node& node) {
        if (node.op != Op::linear) return;
        ++found.first;
        if (node.has("precision")) ++found.second;
      });
  });
  return found;
}

TEST(Planner, PrecisionIsThatOfLayersThatFindThePlan) {
  const std::string text = test::Compiled::text_of(DUET_ROOT "/algorithms/m_demorl_online.duet");
  const test::Compiled plain(text, "hopper"), rounding(text, "hopper", {{"plan.precision", "bf16"}});
  EXPECT_EQ(layers_in(plain.program, Op::interact).second, 0);
  const auto [all, rounded] = layers_in(rounding.program, Op::interact);
  EXPECT_GT(all, 0);
  EXPECT_EQ(rounded, all);
  for (const Op op : {Op::minimize, Op::evaluate}) {
    EXPECT_GT(layers_in(rounding.program, op).first, 0);
    EXPECT_EQ(layers_in(rounding.program, op).second, 0);
  }
}

TEST(Planner, ThetaLivesAsLongAsAnEpisode) {
  test::Script script("inverted_pendulum");
  script.enter("use std.utilities\nuse std.mirrors\nuse std.shifts");
  script.enter(R"(
planner keep(H = 3) {
  theta m[H, action], v[H, action]
  start m = 1, v = 1
  shift m = receding(m) + 0.5
  draw  u[candidate: 4, H, action] ~ gaussian(m, 0 * v)
  weigh w = best(sum[H, action](u))
  mirror kl_mean(m; u, w)
  act   m[H: 0]
}
)");
  script.enter("planner plan = keep()");
  const std::vector<float> obs = {0, 0, 0, 0};
  EXPECT_EQ(script.act("plan.act", obs).at(0), 1.5f);
  EXPECT_EQ(script.act("plan.act", obs).at(0), 1.5f) << "a new episode begins at `start`";
}

TEST(Planner, KeptPartsMoveInEveryIteration) {
  test::Script script("inverted_pendulum");
  script.enter(R"(
planner plan_of_kept(rounds = 3) {
  theta  e[kept: 2, action], seen[action]
  start  e = 1
  shift  e = e + 10
  repeat rounds
  draw   u[candidate: 4 - iteration, action] ~ gaussian(0, 0), e
  keep   e = e + 1, seen = seen + sum[candidate](u)
  act    [0.01 * e[kept: 1, action: 0] + seen[0]]
}
)");
  script.enter("planner plan = plan_of_kept()");
  // Two candidates of 11, 12 and 13 are seen; 14 is what the next step would begin with.
  EXPECT_NEAR(script.act("plan.act", {0, 0, 0, 0}).at(0), 0.14 + 2 * (11 + 12 + 13), 1e-4);
}

TEST(Planner, CandidatesKeptAlongAnAxisOfTheirOwnAreAppended) {
  test::Script script("inverted_pendulum");
  script.enter(R"(
planner plan_of_more() {
  theta e[kept: 3, action], m[action]
  start e = 2, m = 5
  draw  u[candidate: 4, action] ~ gaussian(1, 0), e, m
  act   [sum[candidate](u[0]) + 0.01 * size(candidate)]
}
)");
  script.enter("planner plan = plan_of_more()");
  EXPECT_NEAR(script.act("plan.act", {0, 0, 0, 0}).at(0), 4 + 3 * 2 + 5 + 0.08, 1e-5);
}

}  // namespace
}  // namespace duet
