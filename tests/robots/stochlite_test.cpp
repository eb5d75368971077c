// StochLite's script in its simulator: the gait, how it walks open loop, the ground it feels, and its episodes.
// A shift of 0 everywhere is the action of nobody: the robot trots at the commanded velocity.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/robots/robot_under_test.h"

namespace duet {
namespace {

using Numbers = std::vector<double>;
using Settings = std::vector<std::pair<std::string, std::string>>;
using test::RobotUnderTest;
constexpr double kDegree = std::numbers::pi / 180;
const Numbers kNothing(15);

/// What a walk of at most 1000 control steps with one action came to.
struct Walk {
  int steps = 0;
  bool fell = false;
  Numbers start, end;          // qpos after 200 steps, when the gait is steady, and at the end
  double reward = 0;           // mean of the steps
  double roll = 0, pitch = 0;  // largest sizes
  double height = 0;           // mean after 200 steps
  double speed() const { return (end[0] - start[0]) / (0.01 * (steps - 200)); }
};

Walk walk(const RobotUnderTest& robot, const Numbers& action = kNothing) {
  Environment environment = robot.environment();
  environment.reset();
  const auto qpos = [&] {
    const auto now = environment.simulator().qpos();
    return Numbers(now.begin(), now.end());
  };
  Walk walk;
  for (bool over = false; !over;) {
    const Environment::Outcome outcome = environment.step(action);
    const auto obs = environment.observation();
    walk.reward += outcome.reward;
    walk.roll = std::max(walk.roll, std::abs(obs[1]));
    walk.pitch = std::max(walk.pitch, std::abs(obs[2]));
    if (++walk.steps > 200) walk.height += obs[0];
    if (walk.steps == 200) walk.start = qpos();
    walk.fell = outcome.done;
    over = outcome.done || outcome.truncated;
  }
  walk.end = qpos();
  if (walk.start.empty()) walk.start = walk.end;
  walk.reward /= walk.steps;
  walk.height /= std::max(walk.steps - 200, 1);
  return walk;
}
Walk walk(const std::string& robot, const Settings& settings) {
  return walk(RobotUnderTest(robot, {}, settings));
}

// --- what it is ------------------------------------------------------------------------------------------------------

TEST(Stochlite, HasTheSizesOfItsSource) {
  const RobotUnderTest robot(
      "weighed", "robot weighed extends stochlite { observe [sum[body](body_mass) - body_mass[\"stairs\"], gravity] }");
  Environment environment = robot.environment();
  const auto obs = environment.reset();
  EXPECT_NEAR(obs[0], 1.582 + 4 * (0.037 + 0.32 + 0.055), 1e-11);  // 3.23 kg; the stairs weigh 2160
  EXPECT_EQ(obs[3], -9.8);

  const RobotUnderTest stochlite("stochlite");
  const RobotProgram& program = stochlite.program().robot;
  EXPECT_EQ(program.obs, 8);
  EXPECT_EQ(program.action, 15);
  EXPECT_EQ(program.limit, 1000);
  EXPECT_NEAR(static_cast<double>(program.frames) * stochlite.model()->facts().timestep, 0.01, 1e-15);
  EXPECT_NEAR(static_cast<double>(program.settle) * stochlite.model()->facts().timestep, 0.06, 1e-15);
}

// --- the gait --------------------------------------------------------------------------------------------------------

/// The targets of the feet, leg by leg, and the phase, as observations.
RobotUnderTest gait(const Settings& settings) {
  return RobotUnderTest("gait", "robot gait extends stochlite { observe [flatten[leg, xyz](foot), phase] }", settings);
}
enum Leg { front_left, front_right, back_left, back_right };
double target(std::span<const double> obs, Leg leg, int xyz) {
  return obs[static_cast<std::size_t>(3 * leg + xyz)];
}
constexpr double kExact = 1e-12;  // sums of some hundred numbers below 1

TEST(Stochlite, TrotsOnOppositeFeet) {
  const RobotUnderTest robot = gait({});
  Environment environment = robot.environment();
  const auto first = environment.reset();
  Numbers last(first.begin(), first.end());
  EXPECT_EQ(last[12], 0);
  double forward = 0, backward = 0;
  for (int k = 1; k <= 400; ++k) {
    environment.step(kNothing);
    const auto obs = environment.observation();
    EXPECT_NEAR(obs[12], (k % 40) / 40.0, 1e-9) << k;  // the phase is a sum of 400 rounded steps
    EXPECT_NEAR(target(obs, front_left, 2), target(obs, back_right, 2), kExact);
    EXPECT_NEAR(target(obs, front_right, 2), target(obs, back_left, 2), kExact);
    const bool left = target(obs, front_left, 2) > -0.25 + 1e-9, right = target(obs, front_right, 2) > -0.25 + 1e-9;
    EXPECT_EQ(left, k % 40 > 0 && k % 40 < 20) << k;
    EXPECT_EQ(right, k % 40 > 20) << k;
    for (std::size_t i = 0; i < 12; ++i) {
      // No jumps: a step is 2 pi / 40 rad of the swing, whose slopes stay below 0.11 m/rad.
      EXPECT_LT(std::abs(obs[i] - last[i]), 0.11 * 2 * std::numbers::pi / 40) << "step " << k << " element " << i;
    }
    if (k > 40) forward = std::max(forward, target(obs, front_right, 0));
    if (k > 40) backward = std::min(backward, target(obs, front_right, 0));
    EXPECT_NEAR(target(obs, front_left, 1), 0.05, kExact);
    EXPECT_NEAR(target(obs, back_right, 1), -0.05, kExact);
    last.assign(obs.begin(), obs.end());
  }
  EXPECT_NEAR(forward, 0.03, kExact);  // half a stance of 0.2 s at 0.3 m/s
  EXPECT_NEAR(backward, -0.03, kExact);
}

TEST(Stochlite, AnActionShiftsItsFeetAndAddsToTheCommand) {
  const auto after_a_second = [](const Numbers& action, const Settings& settings) {
    const RobotUnderTest robot = gait(settings);
    Environment environment = robot.environment();
    environment.reset();
    for (int k = 0; k < 100; ++k) environment.step(action);  // front left and back right have just landed
    const auto obs = environment.observation();
    return Numbers(obs.begin(), obs.end());
  };
  const Settings still{{"robot.vx", "0"}};
  Numbers action = kNothing;
  action[0] = 0.3, action[4] = -0.4, action[8] = 0.5;  // front left
  action[11] = -7;                                     // back right: clipped to -1
  const Numbers shifted = after_a_second(action, still);
  EXPECT_NEAR(target(shifted, front_left, 0), 0.03, kExact);
  EXPECT_NEAR(target(shifted, front_left, 1), 0.05 - 0.04, kExact);
  EXPECT_NEAR(target(shifted, front_left, 2), -0.25 + 0.05, kExact);
  EXPECT_NEAR(target(shifted, front_right, 0), 0, kExact);
  // 0.35 m is out of reach: the target lies on the sphere of 90 % of the reach, straight above the wish.
  const double reach = 0.9 * std::hypot(0.096, 0.318);
  EXPECT_NEAR(
      std::hypot(target(shifted, back_right, 0), target(shifted, back_right, 1), target(shifted, back_right, 2)), reach,
      kExact);

  action = kNothing;
  action[12] = 0.5, action[13] = -0.4;  // 0.25 and -0.1 m/s
  const Numbers moved = after_a_second(action, still);
  EXPECT_NEAR(target(moved, front_left, 0), 0.025, kExact);
  EXPECT_NEAR(target(moved, front_left, 1), 0.05 - 0.01, kExact);
  const Numbers commanded = after_a_second(kNothing, {{"robot.vx", "0.25"}, {"robot.vy", "-0.1"}});
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(commanded[i], moved[i], kExact) << i;
}

TEST(Stochlite, TurningMovesTheFeetAroundTheBody) {
  const RobotUnderTest robot = gait({{"robot.vx", "0"}, {"robot.wz", "0.5"}});
  Environment environment = robot.environment();
  environment.reset();
  Numbers last;
  for (int k = 1; k <= 60; ++k) {
    environment.step(kNothing);
    const auto obs = environment.observation();
    if (k > 41) {  // front right and back left stand in steps 41 to 60, and so seem to turn the other way round
      const double x = last[3] + 0.167, y = last[4] - 0.096;
      EXPECT_NEAR(target(obs, front_right, 0) - last[3], 0.5 * y * 0.01, kExact) << k;
      EXPECT_NEAR(target(obs, front_right, 1) - last[4], -0.5 * x * 0.01, kExact) << k;
    }
    last.assign(obs.begin(), obs.end());
  }
}

// --- walking open loop
// ------------------------------------------------------------------------------------------------- Speeds were
// measured when the robot was written; contacts make them sensitive, so that they hold within some 0.04 m/s.

TEST(Stochlite, TrotsOnTheSpotForAThousandSteps) {
  const Walk still = walk("stochlite", {{"robot.vx", "0"}});  // measured: drifts 0.13 m, roll 0.044, pitch 0.039
  EXPECT_EQ(still.steps, 1000);
  EXPECT_FALSE(still.fell);
  EXPECT_LT(std::hypot(still.end[0], still.end[1]), 0.25);
  EXPECT_LT(still.roll, 0.1);
  EXPECT_LT(still.pitch, 0.1);
  EXPECT_NEAR(still.height, 0.25, 0.003);
  EXPECT_GT(still.reward, 42);  // measured: 45.2
}

TEST(Stochlite, WalksAtFourFifthsOfTheCommand) {
  // The legs lag behind their targets, and the body rolls and pitches: 0.244 m/s at 0.3, 0.403 at 0.5, -0.276 at -0.3.
  const Walk ahead = walk("stochlite", {});
  EXPECT_FALSE(ahead.fell);
  EXPECT_NEAR(ahead.speed(), 0.244, 0.04);
  EXPECT_GT(ahead.reward, 40);
  EXPECT_NEAR(walk("stochlite", {{"robot.vx", "0.5"}}).speed(), 0.403, 0.06);
  EXPECT_NEAR(walk("stochlite", {{"robot.vx", "-0.3"}}).speed(), -0.276, 0.04);

  const Walk left = walk("stochlite", {{"robot.vx", "0"}, {"robot.vy", "0.2"}});
  EXPECT_FALSE(left.fell);
  EXPECT_NEAR(left.end[1], 1.70, 0.3);  // in 10 s

  const Walk turned = walk("stochlite", {{"robot.vx", "0"}, {"robot.wz", "0.2"}});
  EXPECT_FALSE(turned.fell);
  EXPECT_NEAR(2 * std::atan2(turned.end[6], turned.end[3]), 1.5, 0.3);  // yaw after 10 s
}

TEST(Stochlite, SmallerPhysicsStepsChangeLittle) {
  const RobotUnderTest fine("fine", R"(
    robot fine extends stochlite { mjcf "../tests/robots/stochlite_fine.xml" frames 50 settle 300 frames })");
  EXPECT_EQ(fine.model()->facts().timestep, 0.0002);
  const Walk ours = walk("stochlite", {}), finer = walk(fine);
  EXPECT_FALSE(finer.fell);
  EXPECT_NEAR(ours.speed(), finer.speed(), 0.01);  // measured: 0.2435 and 0.2442
  EXPECT_NEAR(ours.height, finer.height, 0.001);
  EXPECT_NEAR(ours.reward, finer.reward, 0.5);
}

TEST(Stochlite, KeepsUprightOnSlopes) {
  // Open loop it climbs 5 degrees at half the command, slips more the steeper it is, and walks down all of them.
  for (const char* incline : {"5", "9", "13", "15", "-5", "-9", "-13", "-15"}) {
    const Walk slope = walk("stochlite_up", {{"robot.incline", incline}});
    EXPECT_FALSE(slope.fell) << incline;
    if (incline[0] == '-') {
      EXPECT_GT(slope.end[0], 2) << incline;
    }
  }
  EXPECT_GT(walk("stochlite_up", {{"robot.incline", "5"}}).end[0], 1);
  EXPECT_GT(walk("stochlite_down", {}).end[0], 2);
  // What is to be learned: feet 4 cm further back get it up 9 degrees.
  Numbers back = kNothing;
  std::fill(back.begin(), back.begin() + 4, -0.4);
  const RobotUnderTest up("stochlite_up");
  EXPECT_GT(walk(up, back).end[0], walk(up).end[0] + 0.4);  // measured: 1.73 m and 0.71 m
}

TEST(Stochlite, GetsOntoTheStairs) {
  const Walk stairs = walk("stochlite_stairs", {});  // measured: five of fifteen
  EXPECT_GT(stairs.end[0], 0.5);
  EXPECT_GT(stairs.end[2], 0.27);
}

// --- terrain
// -----------------------------------------------------------------------------------------------------------

/// Puts the robot on its slope, as steep as it, in the middle.
RobotUnderTest on_slope(const std::string& incline) {
  return RobotUnderTest("placed", R"(
    robot placed extends stochlite(surface = 0.7, edge = -2, vx = 0) {
      reset qpos = [0, 0, ground(0) + 0.29 / cos(slope), pitched, legs, legs, legs, legs], qvel = 0
        where pitched = [cos(slope / 2), 0, -sin(slope / 2), 0], legs = [0, 0.772, -1.4129]
    })",
                        {{"robot.incline", incline}});
}

TEST(Stochlite, FeelsTheSlopeItStandsOn) {
  for (const char* incline : {"9", "-9", "0", "5"}) {
    Environment environment = on_slope(incline).environment();
    environment.reset();
    double roll = 0, pitch = 0;
    for (int k = 0; k < 200; ++k) {
      environment.step(kNothing);
      if (k < 100) continue;
      roll += environment.observation()[6] / 100;
      pitch += environment.observation()[7] / 100;
    }
    // Measured: pitch within 0.2 degrees of the slope, roll up to 1.7 where the robot has turned aside.
    EXPECT_NEAR(pitch, -std::stod(incline) * kDegree, 1 * kDegree) << incline;
    EXPECT_NEAR(roll, 0, 3 * kDegree) << incline;
  }
}

// --- reward and end
// ------------------------------------------------------------------------------------------------------

double roll_of(std::span<const double> q) {
  return std::atan2(2 * (q[3] * q[4] + q[5] * q[6]), 1 - 2 * (q[4] * q[4] + q[5] * q[5]));
}
double pitch_of(std::span<const double> q) {
  return std::asin(2 * (q[3] * q[5] - q[6] * q[4]));
}
double yaw_of(std::span<const double> q) {
  return std::atan2(2 * (q[3] * q[6] + q[4] * q[5]), 1 - 2 * (q[5] * q[5] + q[6] * q[6]));
}
double bell(double weight, double x) {
  return std::exp(-weight * x * x);
}

TEST(Stochlite, PaysWhatTheSourcePaysAboveTheRightGround) {
  const RobotUnderTest robot("stochlite_up", {}, {{"robot.vy", "0.1"}, {"robot.wz", "0.4"}});
  Environment environment = robot.environment();
  environment.reset();
  const double slope = 9 * kDegree, end = 0.3 + 4 * std::cos(slope);
  for (int k = 0; k < 300; ++k) {
    const double reward = environment.step(kNothing).reward;
    const Simulator& now = environment.simulator();
    const auto obs = environment.observation();
    const auto q = now.qpos(), v = now.qvel(), ctrl = now.ctrl();
    const bool climbing = q[0] > 0.3 && q[0] < end;
    const double ground = q[0] < 0.3 ? 0 : (std::min(q[0], end) - 0.3) * std::tan(slope), yaw = yaw_of(q);
    const double along = std::cos(yaw) * v[0] + std::sin(yaw) * v[1],
                 beside = std::cos(yaw) * v[1] - std::sin(yaw) * v[0];
    double power = 0;
    for (std::size_t i = 0; i < 12; ++i) power += std::abs(ctrl[i] * v[6 + i]);
    const double expected = bell(45, roll_of(q) - obs[6]) + bell(45, pitch_of(q) - obs[7]) +
                            20 * std::exp(-100 * std::abs(q[2] - ground - 0.25 / (climbing ? std::cos(slope) : 1))) +
                            15 * std::exp(-5 * (std::pow(along - 0.3, 2) + std::pow(beside - 0.1, 2))) +
                            10 * bell(1, obs[5] - 0.4) + 3 * bell(100, obs[3]) + 3 * bell(100, obs[4]) - power / 20;
    ASSERT_NEAR(reward, expected, 1e-10) << "step " << k;
    EXPECT_NEAR(obs[0], q[2], kExact);
    EXPECT_NEAR(obs[1], roll_of(q), kExact);
    EXPECT_NEAR(obs[2], pitch_of(q), kExact);
  }
}

TEST(Stochlite, EndsUnpaidWhenItFalls) {
  const auto outcome = [](double height, double angle, std::size_t axis) {
    Environment environment = RobotUnderTest("stochlite").environment();
    Numbers qpos{0, 0, height, std::cos(angle / 2), 0, 0, 0};
    qpos[3 + axis] = std::sin(angle / 2);
    qpos.resize(19);
    environment.reset_to(qpos, Numbers(18));
    return environment.step(kNothing);
  };
  // In the settling and the step the falling body hardly turns.
  EXPECT_FALSE(outcome(0.6, 0, 1).done);
  EXPECT_TRUE(outcome(0.9, 0, 1).done);
  for (const double sign : {-1.0, 1.0}) {
    EXPECT_FALSE(outcome(0.6, sign * 28 * kDegree, 1).done);
    EXPECT_FALSE(outcome(0.6, sign * 33 * kDegree, 2).done);
    for (const auto& [angle, axis] : {std::pair{32, 1}, std::pair{37, 2}}) {
      const Environment::Outcome fallen = outcome(0.6, sign * angle * kDegree, static_cast<std::size_t>(axis));
      EXPECT_TRUE(fallen.done);
      EXPECT_EQ(fallen.reward, 0);
    }
  }
}

// --- domain randomisation
// ------------------------------------------------------------------------------------------------

TEST(StochliteRandom, DrawsABodyAndARampForEachEpisode) {
  const RobotUnderTest robot("drawn", R"(
    robot drawn extends stochlite_random {
      settle  0 frames
      observe [slope, grip, strength, load, late, geom_friction["fl_foot"][0], geom_friction["br_foot"][0],
               body_mass["torso"], geom_quat["ramp"][2], geom_pos["plateau"][2]]
    })");
  Environment environment = robot.environment();
  constexpr int kEpisodes = 500;
  std::set<int> slopes, delays;
  double grip = 0, strength = 0, load = 0, most = 0;
  for (int i = 0; i < kEpisodes; ++i) {
    const auto obs = environment.reset();
    slopes.insert(static_cast<int>(std::lround(obs[0] / kDegree)));
    delays.insert(static_cast<int>(obs[4]));
    EXPECT_GE(obs[1], 0.7 * 0.55);
    EXPECT_LE(obs[1], 0.7 * 0.8);
    EXPECT_GE(obs[2], 5);
    EXPECT_LE(obs[2], 8);
    EXPECT_GE(obs[3], 0);
    EXPECT_LE(obs[3], 0.2);
    EXPECT_EQ(obs[5], obs[1]);
    EXPECT_EQ(obs[6], obs[1]);
    EXPECT_NEAR(obs[7], 1.582 + obs[3], kExact);
    EXPECT_NEAR(obs[8], -std::sin(obs[0] / 2), kExact);
    EXPECT_NEAR(obs[9], 4 * std::sin(obs[0]) - 0.5, kExact);
    grip += obs[1] / kEpisodes;
    strength += obs[2] / kEpisodes;
    load += obs[3] / kEpisodes;
    most = std::max(most, obs[3]);
  }
  EXPECT_EQ(slopes, (std::set<int>{5, 7, 9, 11, 13}));
  EXPECT_EQ(delays, (std::set<int>{0, 1, 2}));
  // Five deviations of the means of 500 draws. Friction below 0.55 is cut off, which moves its mean from 0.6 to 0.611.
  EXPECT_NEAR(grip, 0.7 * 0.611, 5 * 0.7 * 0.07 / std::sqrt(500.0));
  EXPECT_NEAR(strength, 6.5, 5 * 0.4 / std::sqrt(500.0));
  EXPECT_NEAR(load, 0.1, 5 * 0.06 / std::sqrt(500.0));
  EXPECT_GT(most, 0.19);
}

TEST(StochliteRandom, ObeysLate) {
  for (const int late : {0, 1, 2}) {
    const RobotUnderTest robot("late", "robot late extends stochlite_random { randomize late = " +
                                           std::to_string(late) + " observe told[0..8] }");
    Environment environment = robot.environment();
    environment.reset();
    for (int k = 1; k <= 6; ++k) {
      Numbers action = kNothing;
      action[0] = 0.1 * k;
      environment.step(action);
      EXPECT_NEAR(environment.observation()[0], k > late ? 0.1 * (k - late) : 0, kExact)
          << "late " << late << " step " << k;
    }
  }
}

TEST(StochliteRandom, MeasuresItsTiltWithNoise) {
  Environment environment = RobotUnderTest("stochlite_random").environment();
  constexpr int kSteps = 500;
  double squares = 0;
  environment.reset();
  for (int k = 0; k < kSteps; ++k) {
    environment.step(kNothing);
    const auto obs = environment.observation();
    squares += std::pow(obs[1] - roll_of(environment.simulator().qpos()), 2) / kSteps;
    squares += std::pow(obs[2] - pitch_of(environment.simulator().qpos()), 2) / kSteps;
  }
  // The sum of two variances, from 1000 draws: five deviations are 5 * sqrt(2 / 1000) of it.
  EXPECT_NEAR(squares, 2 * 0.04 * 0.04, 0.25 * 2 * 0.04 * 0.04);
}

}  // namespace
}  // namespace duet
