// Planners that roll out the robot's own simulator: what they foresee is what happens.

#include <algorithm>
#include <map>

#include "tests/compiler/elaborate/compiled.h"
#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

TEST(Simulated, IsWhatHappensNext) {
  const std::string text = R"(
planner oracle(robot; H = 4, N = 3) {
  theta   seen[obs], change[obs], gain[one: 1], goes[one: 1]
  draw    u[candidate: N, H, action] ~ gaussian(0, 1)
  rollout x = state; each H[..1]: (r, x', alive) = robot.step(x, 0.5 * u), d = x' - x
  act {
    seen = x[candidate: 1]
    change = d[candidate: 1, H: 0]
    gain = r[candidate: 1, H: 0]
    goes = alive[candidate: 1, H: 0]
    return 0.5 * u[candidate: 1, H: 0]
  }
}
algorithm look(robot) {
  memory  real(100)
  planner plan = oracle(robot)
  loop { interact with plan.act into real }
}
)";
  int falls = 0;
  for (int64_t steps = 1; steps <= 40; ++steps) {
    test::Compiled compiled(text, "hopper");
    ASSERT_FALSE(testing::Test::HasFailure());
    const Block real = compiled.contents("real");
    std::map<std::string, Block> foreseen;
    for (const char* name : {"seen", "change", "gain", "goes"})
      foreseen[name] = compiled.getter(compiled.states(std::string("plan@0.") + name).at(0));
    Interpreter engine(compiled.program, {.seed = 7, .steps = steps});
    engine.run();
    const std::vector<TensorData> parts = engine.evaluate(real);
    const auto last = [&](size_t part) {
      const std::vector<float>& data = parts[part].data;
      return std::vector<float>(data.end() - static_cast<std::ptrdiff_t>(data.size() / static_cast<size_t>(steps)),
                                data.end());
    };
    const auto value = [&](const char* name) { return engine.evaluate(foreseen[name]).at(0).data; };
    EXPECT_EQ(value("seen"), last(3)) << steps;
    EXPECT_EQ(value("gain"), last(2)) << steps;
    EXPECT_EQ(value("goes"), last(4)) << steps;
    std::vector<float> change;
    for (size_t i = 0; i < last(0).size(); ++i) change.push_back(last(3)[i] - last(0)[i]);
    EXPECT_EQ(value("change"), change) << steps;
    falls += last(4)[0] == 0;
  }
  EXPECT_GT(falls, 0) << "some of the looks are at a fall";
}

struct Metrics : Observer {
  void metric(const MetricEvent& event) override { values[event.name].push_back(event.value); }
  std::map<std::string, std::vector<double>> values;
};

TEST(Simulated, EveryRobotOfAnEvaluationForeseesItself) {
  const std::string text = R"(
planner oracle(robot; H = 3, N = 5) {
  theta   total[one: 1], on[one: 1]
  start   on = 1
  draw    u[H, candidate: N, action] ~ gaussian(0, 1)
  rollout x = state; each H: (r, x', alive) = robot.step(x, u)
  act {
    total = total + on * r[candidate: 2, H: 0]
    on = on * alive[candidate: 2, H: 0]
    return u[candidate: 2, H: 0]
  }
}
algorithm look(robot) {
  memory  real(100)
  planner plan = oracle(robot)
  loop {
    interact with uniform(action) into real
    every 1 steps { evaluate plan.act for 4 episodes }
  }
}
)";
  std::vector<double> before;
  for (const int threads : {1, 2, 3}) {
    test::Compiled compiled(text, "hopper");
    ASSERT_FALSE(testing::Test::HasFailure());
    const Block total = compiled.getter(compiled.states("plan@0.total").at(0));
    const Block on = compiled.getter(compiled.states("plan@0.on").at(0));
    Events events;
    Metrics metrics;
    events.add(metrics);
    Interpreter engine(compiled.program, {.seed = 7, .steps = 1, .threads = threads, .events = &events});
    engine.run();
    const std::vector<float> totals = engine.evaluate(total).at(0).data;
    ASSERT_EQ(totals.size(), 4u);
    EXPECT_EQ(engine.evaluate(on).at(0).data, std::vector<float>(4, 0.0f)) << "all have fallen";
    double mean = 0;
    for (const float each : totals) mean += each / 4.0;
    const double foreseen = metrics.values["evaluate/return"].at(0);
    EXPECT_NEAR(mean, foreseen, 1e-4 * foreseen);
    EXPECT_NE(totals[0], totals[1]);
    before.push_back(foreseen);
    EXPECT_EQ(before.back(), before.front()) << threads << " threads";
  }
}

TEST(Simulated, ControlsMayBeTheSameForAllSteps) {
  const std::string text = R"(
planner held(robot; H = 5) {
  theta   total[one: 1], other[one: 1]
  draw    u[candidate: 2, action] ~ gaussian(0, 1)
  let     long[candidate, H, action] = u
  rollout x = state; each H: (r, x') = robot.step(x, u)
  rollout y = state; each H: (s, y') = robot.step(y, long)
  act {
    total = sum[H](r[candidate: 1]) + sum[obs](x[candidate: 1])
    other = sum[H](s[candidate: 1]) + sum[obs](y[candidate: 1])
    return u[candidate: 0]
  }
}
algorithm look(robot) {
  memory  real(100)
  planner plan = held(robot)
  loop { interact with plan.act into real }
}
)";
  test::Compiled compiled(text, "half_cheetah");
  ASSERT_FALSE(testing::Test::HasFailure());
  const Block total = compiled.getter(compiled.states("plan@0.total").at(0));
  const Block other = compiled.getter(compiled.states("plan@0.other").at(0));
  Interpreter engine(compiled.program, {.seed = 7, .steps = 3});
  engine.run();
  EXPECT_EQ(engine.evaluate(total).at(0).data, engine.evaluate(other).at(0).data);
  EXPECT_NE(engine.evaluate(total).at(0).data.at(0), 0);
}

}  // namespace
}  // namespace duet
