// Robots as users write them: scripts over models that are not bundled. Those of MuJoCo come from Debian's package
// libmujoco-samples; their tests are skipped without it. leg.xml is hand-made and has what the samples lack.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/random.h"
#include "runtime/sim/simulator.h"
#include "tests/robots/robot_under_test.h"

namespace duet {
namespace {

using test::RobotUnderTest;
using Numbers = std::vector<double>;

std::string script(const std::string& name) {
  return DUET_ROOT "/tests/robots/user/" + name + ".duet";
}

bool is_there(const std::string& name) {
  return name == "leg" || std::filesystem::exists("/usr/share/mujoco/model/humanoid/humanoid.xml");
}

#define NEEDS_SAMPLES() \
  if (!is_there("humanoid")) GTEST_SKIP() << "libmujoco-samples is not installed"

Numbers numbers(std::span<const double> span) {
  return {span.begin(), span.end()};
}

/// Elements `from` to `to` of a quantity.
Numbers part(const Environment& environment, const std::string& name, std::size_t from, std::size_t to) {
  return numbers(environment.simulator().quantity(name).values.subspan(from, to - from));
}
Numbers row(const Environment& environment, const std::string& name, std::size_t row) {
  const auto cols = static_cast<std::size_t>(environment.simulator().quantity(name).cols);
  return part(environment, name, row * cols, (row + 1) * cols);
}

Numbers joined(const std::vector<Numbers>& parts) {
  Numbers all;
  for (const Numbers& each : parts) all.insert(all.end(), each.begin(), each.end());
  return all;
}

/// The number of the thing called `name` in a list of the facts.
template <class Fact>
std::size_t place(const std::vector<Fact>& facts, const std::string& name) {
  for (std::size_t i = 0; i < facts.size(); ++i)
    if (facts[i].name == name) return i;
  ADD_FAILURE() << "the model has no " << name;
  return 0;
}

/// An action within the limits, another one at each step.
Numbers action_at(const Program& program, uint64_t step) {
  Numbers action(program.robot.low.size());
  fill_uniform({1, 2, step}, 0, action);
  for (std::size_t i = 0; i < action.size(); ++i)
    action[i] = program.robot.low[i] + action[i] * (program.robot.high[i] - program.robot.low[i]);
  return action;
}

/// Steps with changing actions, a new episode after each end.
void play(const RobotUnderTest& robot, Environment& environment, uint64_t steps,
          const std::function<void(const Environment::Outcome&)>& look) {
  for (uint64_t step = 0; step < steps; ++step) {
    const Environment::Outcome outcome = environment.step(action_at(robot.program(), step));
    look(outcome);
    if (outcome.done || outcome.truncated) environment.reset();
  }
}

class UserRobot : public testing::TestWithParam<const char*> {};

TEST_P(UserRobot, RunsAndRepeatsItselfAndGoesOnFromASavedState) {
  if (!is_there(GetParam())) GTEST_SKIP() << "libmujoco-samples is not installed";
  const RobotUnderTest robot(script(GetParam()));
  Environment one = robot.environment(), two = robot.environment();
  EXPECT_EQ(numbers(one.reset()), numbers(two.reset()));
  const auto steps = static_cast<uint64_t>(std::min<int64_t>(400, 2 * robot.program().robot.limit));
  int ends = 0;
  Numbers rewards;
  play(robot, one, steps, [&](const Environment::Outcome& outcome) {
    ends += outcome.done || outcome.truncated;
    rewards.push_back(outcome.reward);
    for (const double number : one.observation()) ASSERT_TRUE(std::isfinite(number));
  });
  EXPECT_GE(ends, 1) << "an episode that ends is part of the test";
  uint64_t step = 0;
  play(robot, two, steps, [&](const Environment::Outcome& outcome) { EXPECT_EQ(outcome.reward, rewards[step++]); });
  Environment other = robot.environment(5);
  other.restore(one.save());
  const Numbers action = action_at(robot.program(), 7);
  EXPECT_EQ(one.step(action).reward, other.step(action).reward);
  EXPECT_EQ(numbers(one.observation()), numbers(other.observation()));
}

INSTANTIATE_TEST_SUITE_P(All, UserRobot,
                         testing::Values("humanoid", "arm26", "adhesion", "mug", "hammock", "crank", "leg"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Humanoid, FeetBodiesAndTheFreeJointAreReadByName) {
  NEEDS_SAMPLES();
  const RobotUnderTest robot(script("humanoid"));
  const ModelFacts& facts = robot.model()->facts();
  Environment environment = robot.environment();
  environment.reset();
  EXPECT_LT(environment.simulator().qpos()[2], 1.31) << "the reset lowers the free joint by 0.2 m";
  const std::size_t floor = place(facts.geoms, "floor"), count = facts.geoms.size();
  const std::size_t right = place(facts.geoms, "right_right_foot"), left = place(facts.geoms, "left_left_foot");
  const auto knee = static_cast<std::size_t>(facts.joints[place(facts.joints, "right_knee")].qpos_address);
  double largest = 0;
  for (uint64_t step = 0; step < 60; ++step) {
    const double reward = environment.step(action_at(robot.program(), step)).reward;
    const Numbers forces = numbers(environment.simulator().quantity("contact_force").values);
    const Numbers motors = numbers(environment.simulator().quantity("actuator_force").values);
    const Numbers expected = joined({part(environment, "qpos", 2, 7),
                                     part(environment, "qpos", knee, knee + 1),
                                     numbers(environment.simulator().qvel()),
                                     row(environment, "xvelp", place(facts.bodies, "head")),
                                     {forces[right * count + floor], forces[floor * count + left]}});
    EXPECT_EQ(numbers(environment.observation()), expected) << step;
    largest = std::max(largest, forces[right * count + floor]);
    double effort = 0;
    for (const double force : motors) effort += force / 100 * force / 100;
    const double wanted = row(environment, "xvelp", place(facts.bodies, "torso"))[0] +
                          0.01 * forces[floor * count + right] - 1e-3 * effort;
    EXPECT_NEAR(reward, wanted, 1e-12 * (1 + std::abs(wanted))) << "sums differ in their order";
  }
  EXPECT_GT(largest, 1.0) << "the foot has met the floor";
}

TEST(Arm26, MusclesAndTendonsAreReadByName) {
  NEEDS_SAMPLES();
  const RobotUnderTest robot(script("arm26")), slow(script("arm26"), {}, {{"robot.reach", "0.4"}});
  EXPECT_EQ(robot.model()->facts().na, 6);
  Environment environment = robot.environment();
  environment.reset();
  for (int step = 0; step < 100; ++step) {
    environment.step(Numbers{2, 0, 0.5, 0, 0, 1});  // the first is clipped to 1
    const Simulator& sim = environment.simulator();
    EXPECT_EQ(numbers(sim.ctrl()), (Numbers{1, 0, 0.5, 0, 0, 1}));
    const Numbers act = numbers(sim.quantity("act").values);
    EXPECT_EQ(numbers(environment.observation()), joined({numbers(sim.qpos()),
                                                          numbers(sim.qvel()),
                                                          act,
                                                          {act[5]},
                                                          part(environment, "ten_length", 0, 1),
                                                          numbers(sim.quantity("ten_velocity").values),
                                                          {0.3, 0.6}}));
    EXPECT_EQ(numbers(sim.quantity("ten_length").values), numbers(sim.quantity("actuator_length").values))
        << "the muscles pull at the tendons with gear 1";
  }
  const Numbers act = numbers(environment.simulator().quantity("act").values);
  EXPECT_GT(act[0], 0.99);
  EXPECT_EQ(act[1], 0.0);
  EXPECT_NEAR(act[2], 0.5, 0.01);
  EXPECT_EQ(slow.environment().reset().back(), 0.4);
}

TEST(Arm26, TheTimeOfAMuscleIsSetAnewInEachEpisode) {
  NEEDS_SAMPLES();
  const RobotUnderTest robot(script("arm26"));
  Environment environment = robot.environment();
  std::vector<double> activations;
  for (int episode = 0; episode < 3; ++episode) {
    environment.reset();
    const double time = environment.simulator().quantity("actuator_dynprm").values[0];
    EXPECT_GE(time, 0.5 * 0.01);  // MuJoCo's own time of activation is 10 ms
    EXPECT_LE(time, 1.5 * 0.01);
    environment.step(Numbers{1, 1, 0, 0, 0, 0});
    const auto act = environment.simulator().quantity("act").values;
    EXPECT_EQ(act[0] > act[1], time < 0.01) << "the other muscle keeps its time";
  }
}

TEST(Adhesion, NamesWithSpacesAndSensorsWithoutNamesWork) {
  NEEDS_SAMPLES();
  const RobotUnderTest robot(script("adhesion"));
  const ModelFacts& facts = robot.model()->facts();
  Environment environment = robot.environment();
  environment.reset();
  const auto conveyor = static_cast<std::size_t>(facts.joints[place(facts.joints, "conveyor")].qpos_address);
  const auto winch = static_cast<std::size_t>(facts.joints[place(facts.joints, "winch")].dof_address);
  for (uint64_t step = 0; step < 20; ++step) {
    const Numbers action = action_at(robot.program(), step);
    environment.step(action);
    EXPECT_EQ(numbers(environment.observation()), joined({part(environment, "qpos", conveyor, conveyor + 1),
                                                          part(environment, "qvel", winch, winch + 1),
                                                          part(environment, "sensordata", 0, 3),
                                                          row(environment, "xpos", place(facts.bodies, "two crates")),
                                                          row(environment, "site_xvelp", place(facts.sites, "anchor")),
                                                          {action[place(facts.actuators, "adhere_arm")]}}));
  }
}

TEST(Mug, ARobotWithoutActuatorsFallsAlone) {
  NEEDS_SAMPLES();
  const RobotUnderTest robot(script("mug"));
  EXPECT_EQ(robot.program().robot.action, 0);
  Environment environment = robot.environment();
  environment.reset();
  const double height = environment.simulator().qpos()[2];
  for (int step = 0; step < 5; ++step) environment.step({});
  EXPECT_LT(environment.simulator().qpos()[2], height);
}

// All slots by hand, in the order of the XML file.
TEST(Leg, EverythingIsReadByName) {
  const RobotUnderTest robot(script("leg"));
  Environment environment = robot.environment();
  environment.reset();
  constexpr std::size_t kHip = 1, kShin = 3, kLamp = 4, kFloor = 0, kFoot = 4, kGeoms = 7, kSole = 3, kKnee = 2;
  double touched = 0;
  for (uint64_t step = 0; step < 200; ++step) {
    const Numbers action = action_at(robot.program(), step);
    const auto outcome = environment.step(action);
    const Simulator& sim = environment.simulator();
    ASSERT_EQ(numbers(sim.ctrl()), (Numbers{action[0], -0.6 + 0.3 * action[1], 0}));
    const Numbers forces = numbers(sim.quantity("contact_force").values);
    ASSERT_EQ(forces.size(), kGeoms * kGeoms);
    const double weight = forces[kFoot * kGeoms + kFloor];
    EXPECT_EQ(numbers(environment.observation()), joined({numbers(sim.sensordata()),
                                                          numbers(sim.qpos()),
                                                          part(environment, "qvel", 3, 6),
                                                          part(environment, "act", 0, 1),
                                                          part(environment, "ten_length", 0, 1),
                                                          part(environment, "actuator_force", 1, 2),
                                                          {weight, 0.3, -0.6, 2.5},
                                                          row(environment, "xpos", kLamp),
                                                          row(environment, "xanchor", kKnee),
                                                          row(environment, "xaxis", kKnee),
                                                          row(environment, "xvelp", kHip),
                                                          row(environment, "xvelr", kShin),
                                                          row(environment, "site_xvelp", kSole),
                                                          row(environment, "site_xvelr", kSole)}));
    // What MuJoCo's sensors say of the same.
    const Numbers sensors = numbers(sim.sensordata());
    EXPECT_NEAR(sensors[0], weight, 1e-9 * (1 + weight)) << "the sole touches the floor alone";
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(sensors[7 + i], row(environment, "xvelp", kHip)[i], 1e-12);
    EXPECT_EQ(sensors[15], sim.quantity("ten_length").values[0]);
    EXPECT_EQ(sensors[16], sim.quantity("actuator_force").values[1]);
    touched = std::max(touched, weight);
    EXPECT_NEAR(outcome.reward, 2.5 * row(environment, "xvelp", kHip)[2] - 0.01 * weight, 1e-12 * (1 + weight));
    if (outcome.done || outcome.truncated) environment.reset();
  }
  EXPECT_GT(touched, 1.0);
}

TEST(Leg, StartsFromAKeyframeWithTheEpisodesConstants) {
  const RobotUnderTest robot(script("leg"));
  Environment environment = robot.environment();
  for (int episode = 0; episode < 5; ++episode) {
    environment.reset();
    const Simulator& sim = environment.simulator();
    Numbers qpos = numbers(sim.qpos());
    EXPECT_NEAR(qpos[1], 0.6, 0.01);
    qpos[1] = 0.6;
    EXPECT_EQ(qpos, (Numbers{-0.1, 0.6, -1.2, 1, 0, 0, 0}));
    EXPECT_EQ(numbers(sim.qvel()), (Numbers{0.1, 0, 0, 0, 0, 0}));
    const double stiff = sim.quantity("tendon_stiffness").values[0], mass = sim.quantity("body_mass").values[1];
    EXPECT_TRUE(stiff >= 40 && stiff <= 60) << stiff;
    EXPECT_TRUE(mass >= 2 && mass <= 2.5) << mass;
  }
}

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("", "nothing was thrown");
}

TEST(Reward, OneThatIsNoNumberNamesItsLine) {
  const std::string text =
      "robot r extends hopper {\n"
      "  observe qpos\n"
      "  reward  1 / (qpos'[0] - qpos'[0])\n"
      "}\n";
  Environment environment = RobotUnderTest("r", text).environment();
  environment.reset();
  const Error error = error_of([&] { environment.step(Numbers(3, 0.0)); });
  EXPECT_EQ(error.code(), "E0602") << error.what();
  const std::size_t begin = text.find("1 / ("), end = text.find("\n}");
  EXPECT_TRUE(error.span().begin >= begin && error.span().end <= end) << error.span().begin;
}

}  // namespace
}  // namespace duet
