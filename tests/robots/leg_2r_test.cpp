// The leg of two joints: what it observes and pays, its path, its motors, and that a plain controller can do the task.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "tests/robots/probe.h"

namespace duet {
namespace {

using Numbers = std::vector<double>;
using test::RobotUnderTest;
constexpr double kPi = std::numbers::pi;
constexpr double kExact = 1e-12;  // lengths and rewards below 1, some ten roundings
constexpr double kWidth = 0.16, kDepth = 0.44, kLift = 0.1, kThigh = 0.297, kShank = 0.28;

struct Place {
  double x, z;
};
Place foot(double hip, double knee) {
  return {-kThigh * std::sin(hip) - kShank * std::sin(hip + knee),
          -kThigh * std::cos(hip) - kShank * std::cos(hip + knee)};
}
Place path(double phase) {
  return {kWidth * std::cos(phase), std::max(-std::sin(phase), 0.0) * kLift - kDepth};
}
double squares(double x, double z) {
  return x * x + z * z;
}

TEST(Leg2r, HasTheSizesOfItsSources) {
  const RobotUnderTest robot("leg_2r");
  EXPECT_EQ(robot.program().robot.obs, 7);
  EXPECT_EQ(robot.program().robot.action, 2);
  EXPECT_EQ(robot.program().robot.limit, 1000);
  EXPECT_EQ(static_cast<double>(robot.program().robot.frames) * robot.model()->facts().timestep, 0.002);  // 500 Hz
  const RobotUnderTest weighed("weighed",
                               "robot weighed extends leg_2r { observe [sum[body](body_mass), qpos, qvel] }");
  Environment environment = weighed.environment();
  EXPECT_NEAR(environment.reset()[0], 0.4, kExact);
}

TEST(Leg2r, ObservesAndPaysWhatMuJoCoHas) {
  const RobotUnderTest robot("leg_2r");
  Environment environment = robot.environment();
  environment.reset();
  test::Draw draw;
  for (int k = 1; k <= 200; ++k) {
    const Numbers action{draw(-1, 1), draw(-1, 1)};
    const double reward = environment.step(action).reward;
    const Simulator& now = environment.simulator();
    const auto obs = environment.observation(), q = now.qpos(), v = now.qvel();
    const double phase = 2 * kPi * k / 1000;  // a round in 2 s
    EXPECT_NEAR(obs[0], phase, 1e-10);        // a sum of 200
    EXPECT_EQ(obs[1], q[0]);
    EXPECT_EQ(obs[2], q[1]);
    EXPECT_EQ(obs[3], v[0]);
    EXPECT_EQ(obs[4], v[1]);
    EXPECT_EQ(obs[5], action[0]);
    EXPECT_EQ(obs[6], action[1]);
    // Velocities by central differences, with an error of h^2.
    const double h = 1e-6;
    const Place p = foot(q[0], q[1]), goal = path(phase), after = foot(q[0] + h * v[0], q[1] + h * v[1]),
                before = foot(q[0] - h * v[0], q[1] - h * v[1]);
    const Place later = path(phase + h * kPi), earlier = path(phase - h * kPi);  // pi rad/s
    const double slip = squares((after.x - before.x - later.x + earlier.x) / (2 * h),
                                (after.z - before.z - later.z + earlier.z) / (2 * h));
    EXPECT_NEAR(reward, 0.8 * std::exp(-squares(p.x - goal.x, p.z - goal.z)) + 0.2 * std::exp(-slip), 1e-7) << k;
  }
}

TEST(Leg2r, ItsFootIsWhereMuJoCoHasIt) {
  const RobotUnderTest robot("placed", R"(
    robot placed extends leg_2r {
      reset   qpos = [hip, knee], qvel = 0 where hip ~ uniform(-2, 2), knee ~ uniform(-2.6, 0)
      observe [foot(qpos), site_xpos["foot"], 0, 0]
    })");
  Environment environment = robot.environment();
  for (int i = 0; i < 100; ++i) {
    const auto obs = environment.reset();
    EXPECT_NEAR(obs[0], obs[2], kExact);
    EXPECT_NEAR(obs[3], 0, kExact);
    EXPECT_NEAR(obs[1] + 0.75, obs[4], kExact);
  }
}

TEST(Leg2r, FollowsAHalfEllipse) {
  test::RobotUnderTest robot("wished", R"(
    robot wished extends leg_2r(width = 0.1, lift = 0.05, depth = 0.4, period = 1) {
      observe [wanted(phase), wanted_velocity(phase), phase, 0, 0]
    })");
  Environment environment = robot.environment();
  const auto first = environment.reset();
  Numbers last(first.begin(), first.end());
  EXPECT_NEAR(last[0], 0.1, kExact);
  EXPECT_NEAR(last[1], -0.4, kExact);
  double highest = -1;
  for (int k = 1; k <= 500; ++k) {
    environment.step(Numbers{0, 0});
    const auto obs = environment.observation();
    if (k <= 250) {
      EXPECT_NEAR(obs[1], -0.4, kExact) << k;  // back along the ground
      EXPECT_LT(obs[0], last[0]);
    } else {
      EXPECT_NEAR(squares(obs[0] / 0.1, (obs[1] + 0.4) / 0.05), 1, 1e-9) << k;  // on the ellipse
    }
    // The middle of the step has about the mean of the velocities; the corner at pi is a step of its own.
    if (k != 251 && k != 250 && k != 500) {
      EXPECT_NEAR((obs[0] - last[0]) / 0.002, (obs[2] + last[2]) / 2, 1e-4) << k;
      EXPECT_NEAR((obs[1] - last[1]) / 0.002, (obs[3] + last[3]) / 2, 1e-4) << k;
    }
    highest = std::max(highest, obs[1]);
    last.assign(obs.begin(), obs.end());
  }
  EXPECT_EQ(last[4], 0);  // the round is closed
  EXPECT_NEAR(highest, -0.35, kExact);
}

TEST(Leg2r, ItsMotorsGetTheMeanOfTwoActions) {
  const RobotUnderTest robot("leg_2r", {}, {{"robot.torque", "5"}, {"robot.share", "0.5"}});
  Environment environment = robot.environment();
  environment.reset();
  const Numbers first{0.5, -3}, second{-0.2, 0.4};
  environment.step(first);
  EXPECT_NEAR(environment.simulator().ctrl()[0], 2.5 * 0.25, kExact);
  EXPECT_NEAR(environment.simulator().ctrl()[1], 2.5 * -0.5, kExact);  // clipped to -1
  environment.step(second);
  EXPECT_NEAR(environment.simulator().ctrl()[0], 2.5 * 0.15, kExact);
  EXPECT_NEAR(environment.simulator().ctrl()[1], 2.5 * -0.3, kExact);
}

/// The return of an episode in which a spring and a damper pull the joints along the path.
double follow(double stiffness, double damping, const std::string& period) {
  const RobotUnderTest robot("leg_2r", {}, {{"robot.period", period}});
  Environment environment = robot.environment();
  environment.reset();
  test::Probe joints("planar_joints(action[0], action[1], 0.297, 0.28)", 2, 2);
  double total = 0;
  bool over = false;
  int steps = 0;
  for (; !over; ++steps) {
    const auto obs = environment.observation();
    const Place goal = path(obs[0]);
    const Numbers wish = joints({goal.x, goal.z});
    const Numbers action{(stiffness * (wish[0] - obs[1]) - damping * obs[3]) / 2.4,
                         (stiffness * (wish[1] - obs[2]) - damping * obs[4]) / 2.4};
    const Environment::Outcome outcome = environment.step(action);
    EXPECT_FALSE(outcome.done);
    total += outcome.reward;
    over = outcome.truncated;
  }
  EXPECT_EQ(steps, 1000);
  return total;
}

TEST(Leg2r, APlainControllerFollowsThePath) {
  // Measured: 999.5 of 1000; 944 for a leg that hangs limp, because the paper's reward is that forgiving.
  const double good = follow(60, 1.5, "2"), limp = follow(0, 0, "2");
  EXPECT_GT(good, 998);
  EXPECT_LT(good, 1000);
  EXPECT_LT(limp, 960);
  EXPECT_GT(follow(60, 1.5, "1"), 985);  // the motors are strong enough for twice the speed
}

}  // namespace
}  // namespace duet
