// Episodes, counters, errors and saved states of an Environment.

#include "runtime/sim/environment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"
#include "runtime/core/random.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

std::shared_ptr<const Model> model_of(const std::string& robot) {
  return Model::load(std::string(DUET_ROOT) + "/robots/" + robot + ".xml");
}
std::vector<double> copy(std::span<const double> values) {
  return {values.begin(), values.end()};
}
std::vector<double> action_at(int step, int size) {
  std::vector<double> action;
  for (int i = 0; i < size; ++i) action.push_back(std::sin(0.7 * step + i));
  return action;
}

/// A half cheetah whose reward is built by `write`.
template <class Write>
Program with_reward(Write write) {
  Program program = test::half_cheetah();
  test::RobotWriter w(program);
  w.begin();
  const ValueId result = write(w);
  program.robot.reward = w.end({result});
  return program;
}

TEST(Environment, ResetsDependOnSeedSiteAndNumberOnly) {
  const auto model = model_of("half_cheetah");
  const Program program = test::half_cheetah();
  Environment a(model, program, 7, 3), b(model, program, 7, 3);
  std::vector<std::vector<double>> seen;
  for (int episode = 0; episode < 3; ++episode) {
    seen.push_back(copy(a.reset()));
    for (int step = 0; step < 5 * episode; ++step) a.step(action_at(step, 6));
    EXPECT_EQ(seen.back(), copy(b.reset())) << "whatever happened in between";
  }
  EXPECT_NE(seen[0], seen[1]);
  EXPECT_NE(seen[0], copy(Environment(model, program, 8, 3).reset()));
  EXPECT_NE(seen[0], copy(Environment(model, program, 7, 4).reset()));
}

TEST(Environment, ResetDrawsFromItsKey) {
  Environment environment(model_of("half_cheetah"), test::half_cheetah(), 7, 3);
  environment.reset();
  const std::vector<double> obs = copy(environment.reset());
  std::vector<double> u(9), z(9);
  fill_uniform({7, mix64(mix64(3) + 1), 1}, 0, std::span<double>(u));
  fill_normal({7, mix64(mix64(3) + 2), 1}, 0, std::span<double>(z));
  for (int i = 1; i < 9; ++i) EXPECT_EQ(obs[i - 1], -0.1 + 0.2 * u[i]) << i;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(obs[8 + i], 0.1 * z[i]) << i;
}

TEST(Environment, UnprimedIsBeforeAndPrimedIsAfter) {
  Program program = test::half_cheetah();
  const Axis obs_axis{"obs", 17};
  Environment plain(model_of("half_cheetah"), program, 1, 1);
  // 1 * obs[3] + 1000 * obs'[3] + 1e6 * qvel[8] + 1e9 * qvel'[8] + time: obs[16] is qvel[8].
  const Program mixed = with_reward([&](test::RobotWriter& w) {
    const auto scaled = [&](double by, ValueId x) { return w.bin(Op::mul, w.number(by), x); };
    ValueId sum = w.element(w.input("obs", {obs_axis}), "obs", 3);
    sum = w.bin(Op::add, sum, scaled(1e3, w.element(w.input("obs'", {obs_axis}), "obs", 3)));
    sum = w.bin(Op::add, sum, scaled(1e6, w.element(w.input("qvel", {{"qvel", 9}}), "qvel", 8)));
    sum = w.bin(Op::add, sum, scaled(1e9, w.element(w.input("qvel'", {{"qvel", 9}}), "qvel", 8)));
    return w.bin(Op::add, sum, w.input("time'", {}));
  });
  Environment environment(model_of("half_cheetah"), mixed, 1, 1);
  plain.reset();
  environment.reset();
  for (int step = 1; step < 20; ++step) {
    const std::vector<double> before = copy(environment.observation());
    const double reward = environment.step(action_at(step, 6)).reward;
    plain.step(action_at(step, 6));
    const std::vector<double> after = copy(environment.observation());
    EXPECT_EQ(after, copy(plain.observation())) << "the reward does not disturb the simulation";
    double time = 0.0;
    for (int frame = 0; frame < 5 * step; ++frame) time += 0.01;
    EXPECT_EQ(reward, before[3] + 1e3 * after[3] + 1e6 * before[16] + 1e9 * after[16] + time);
  }
}

TEST(Environment, TheLimitTruncatesUnlessTheEpisodeIsDone) {
  Program program = test::half_cheetah();
  program.robot.limit = 5;
  Environment environment(model_of("half_cheetah"), program, 1, 1);
  for (int episode = 0; episode < 2; ++episode) {
    environment.reset();
    EXPECT_EQ(environment.episode_steps(), 0);
    for (int step = 1; step <= 5; ++step) {
      const auto outcome = environment.step(action_at(step, 6));
      EXPECT_EQ(environment.episode_steps(), step);
      EXPECT_EQ(outcome.truncated, step == 5);
      EXPECT_FALSE(outcome.done);
    }
  }
  test::RobotWriter w(program);
  w.begin();
  program.robot.done = w.end({w.bin(Op::less, w.number(0.22), w.input("time'", {}))});
  Environment ends(model_of("half_cheetah"), program, 1, 1);
  ends.reset();
  for (int step = 1; step <= 5; ++step) {
    const auto outcome = ends.step(action_at(step, 6));
    EXPECT_EQ(outcome.done, step == 5) << "0.25 s is beyond 0.22 s";
    EXPECT_FALSE(outcome.truncated);
  }
}

TEST(Environment, TruncateEndsTheEpisodeWithoutBeingItsEnd) {
  Program program = test::half_cheetah();
  program.robot.limit = 0;
  test::RobotWriter w(program);
  w.begin();
  program.robot.truncate = w.end({w.bin(Op::less, w.number(0.12), w.input("time'", {}))});
  Environment environment(model_of("half_cheetah"), program, 1, 1);
  environment.reset();
  for (int step = 1; step <= 4; ++step) {
    const auto outcome = environment.step(action_at(step, 6));
    EXPECT_EQ(outcome.truncated, step >= 3);
    EXPECT_FALSE(outcome.done);
  }
}

TEST(Environment, RestoredItGoesOnBitForBit) {
  struct Case {
    const char* robot;
    Program (*build)(const test::Start&);
    int nu;
  };
  const Case cases[] = {{"half_cheetah", test::half_cheetah, 6}, {"hopper", test::hopper, 3}};
  for (const auto& [robot, build, nu] : cases) {
    const auto model = model_of(robot);
    const Program program = build({});
    Environment a(model, program, 5, 1);
    a.reset();
    a.reset();
    for (int step = 0; step < 30; ++step) a.step(action_at(step, nu));
    const std::vector<std::byte> saved = a.save();
    Environment b(model, program, 5, 1);
    b.restore(saved);
    EXPECT_EQ(b.save(), saved);
    EXPECT_EQ(b.episode_steps(), 30);
    EXPECT_EQ(copy(b.observation()), copy(a.observation()));
    for (int step = 30; step < 80; ++step) {
      const auto x = a.step(action_at(step, nu)), y = b.step(action_at(step, nu));
      ASSERT_EQ(x.reward, y.reward);
      ASSERT_EQ(x.done, y.done);
      ASSERT_EQ(copy(a.observation()), copy(b.observation()));
    }
    EXPECT_EQ(a.save(), b.save());
    EXPECT_EQ(copy(a.reset()), copy(b.reset())) << "the number of the episode is restored too";
  }
}

TEST(Environment, RefusesAForeignState) {
  Environment cheetah(model_of("half_cheetah"), test::half_cheetah(), 1, 1);
  Environment hopper(model_of("hopper"), test::hopper(), 1, 1);
  hopper.reset();
  const std::vector<std::byte> saved = hopper.save();
  EXPECT_EQ(test::thrown<Error>([&] { cheetah.restore(saved); }).code(), "E0610");
}

TEST(Environment, ANonFiniteRewardIsAnErrorAtTheExpressionThatMadeIt) {
  const Span root{2, 100, 110};
  const Program program = with_reward([&](test::RobotWriter& w) {
    const ValueId speed = w.element(w.input("qvel'", {{"qvel", 9}}), "qvel", 0);
    const ValueId negative = w.un(Op::neg, w.un(Op::exp, speed));
    const ValueId bad = w.b.unary(Op::sqrt, negative, root);
    return w.bin(Op::add, w.bin(Op::mul, bad, w.number(2)), speed);
  });
  Environment environment(model_of("half_cheetah"), program, 1, 1);
  environment.reset();
  const Error error = test::thrown<Error>([&] { environment.step(action_at(0, 6)); });
  EXPECT_EQ(error.code(), "E0602");
  EXPECT_NE(std::string(error.what()).find("reward is not a number"), std::string::npos) << error.what();
  EXPECT_EQ(error.span(), root);
}

TEST(Environment, ANonFiniteObservationIsAnErrorToo) {
  Program program = test::half_cheetah();
  test::RobotWriter w(program);
  w.begin();
  const ValueId qvel = w.input("qvel", {{"qvel", 9}});
  const Span place{2, 10, 20};
  const ValueId divided = w.b.binary(Op::div, w.number(1), w.bin(Op::sub, qvel, qvel), place);
  program.robot.observe = w.end({w.join({w.slice(qvel, "qvel", 0, 8), divided})});
  Environment environment(model_of("half_cheetah"), program, 1, 1);
  const Error error = test::thrown<Error>([&] { environment.reset(); });
  EXPECT_EQ(error.code(), "E0602");
  EXPECT_EQ(std::string(error.what()), "element 8 of the observation is infinite");
  EXPECT_EQ(error.span(), place);
}

TEST(Environment, AnUnstableSimulationIsReported) {
  Environment environment(model_of("half_cheetah"), test::half_cheetah(), 1, 1);
  environment.reset();
  const std::vector<double> bad(6, std::nan(""));
  EXPECT_EQ(test::thrown<Error>([&] { environment.step(bad); }).code(), "E0601");
  environment.reset();
  EXPECT_NO_THROW(environment.step(action_at(0, 6)));
}

TEST(Environment, InternalMistakesAreNamed) {
  const auto model = model_of("half_cheetah");
  Environment fresh(model, test::half_cheetah(), 1, 1);
  EXPECT_THROW(fresh.step(action_at(0, 6)), std::logic_error) << "not reset yet";
  const auto fault = [&](const Program& program) {
    try {
      Environment(model, program, 1, 1);
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  const Program wrong_size = with_reward([](test::RobotWriter& w) {
    return w.sum(w.input("qpos", {{"qpos", 8}}), "qpos");
  });
  EXPECT_EQ(fault(wrong_size), "robot: reward: input 'qpos' has 9 numbers here, but the block's parameter 8");
  const Program no_number = with_reward([](test::RobotWriter& w) { return w.input("qpos", {{"qpos", 9}}); });
  EXPECT_EQ(fault(no_number), "robot: reward: result 0 should have 1 elements");
  const Program unknown = with_reward([](test::RobotWriter& w) { return w.input("no_such", {}); });
  EXPECT_EQ(test::thrown<Error>([&] { Environment(model, unknown, 1, 1); }).code(), "E0506");
}

}  // namespace
}  // namespace duet
