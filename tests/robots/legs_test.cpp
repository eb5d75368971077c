// The library of legs and rotations: closed forms against each other, against derivatives, and against MuJoCo.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/robots/probe.h"

namespace duet {
namespace {

using Numbers = std::vector<double>;
using test::Draw;
using test::Probe;
constexpr double kPi = std::numbers::pi;

// Lengths are below 1 m and some ten roundings of 1e-16 meet; an inverse loses digits only where the leg is stretched.
constexpr double kTolerance = 1e-12;
constexpr int kTries = 300;

void expect_near(const Numbers& ours, const Numbers& expected, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], expected[i], tolerance) << "element " << i;
}

TEST(Legs, ThePlanarLegReachesWhereItsAnglesSay) {
  Probe there("planar_foot(q[0], q[1], 0.297, 0.28) where q = planar_joints(action[0], action[1], 0.297, 0.28)", 2, 2);
  Probe knee("planar_joints(action[0], action[1], 0.297, 0.28)[1..]", 2, 1);
  Draw draw;
  for (int i = 0; i < kTries; ++i) {
    const double radius = draw(0.05, 0.57), angle = draw(-kPi, kPi);
    const Numbers goal{radius * std::sin(angle), radius * std::cos(angle)};
    expect_near(there(goal), goal, kTolerance);
    const double bend = knee(goal)[0];
    EXPECT_LT(bend, 0);
    EXPECT_GT(bend, -kPi);
  }
  // Out of reach the leg points there, stretched.
  expect_near(there({3, -4}), {0.577 * 0.6, -0.577 * 0.8}, kTolerance);
}

TEST(Legs, TheFootsVelocityIsTheDerivativeOfItsPlace) {
  Probe place("planar_foot(action[0], action[1], 0.297, 0.28)", 2, 2);
  Probe velocity("planar_foot_velocity(action[0], action[1], action[2], action[3], 0.297, 0.28)", 4, 2);
  Draw draw;
  for (int i = 0; i < kTries; ++i) {
    const double hip = draw(-2, 2), knee = draw(-2.5, 0), w = draw(-1, 1), v = draw(-1, 1), h = 1e-5;
    const Numbers after = place({hip + h * w, knee + h * v}), before = place({hip - h * w, knee - h * v});
    // Central differences: error h^2 / 6 times third derivatives of about 1, and rounding 1e-16 / h.
    expect_near(velocity({hip, knee, w, v}), {(after[0] - before[0]) / (2 * h), (after[1] - before[1]) / (2 * h)},
                1e-9);
  }
}

TEST(Legs, TheLegOfThreeJointsReachesWhereItsAnglesSay) {
  Probe there(
      "leg_foot(q[0], q[1], q[2], action[3], 0.096, 0.146, 0.172) "
      "where q = leg_joints(action[0], action[1], action[2], action[3], 0.096, 0.146, 0.172)",
      4, 3);
  Draw draw;
  int reached = 0;
  for (int i = 0; i < kTries; ++i) {
    const double x = draw(-0.2, 0.2), y = draw(-0.2, 0.2), z = draw(-0.3, -0.1), side = i % 2 == 0 ? 1 : -1;
    const double down = y * y + z * z - 0.096 * 0.096;
    if (down < 0 || std::hypot(std::sqrt(down), x) > 0.95 * 0.318) continue;
    ++reached;
    expect_near(there({x, y, z, side}), {x, y, z}, kTolerance);
  }
  EXPECT_GT(reached, kTries / 3);
}

TEST(Legs, ThePoseOfTheSourceHasStraightAbductions) {
  Probe joints("leg_joints(action[0], action[1], action[2], action[3], 0.096, 0.146, 0.172)", 4, 3);
  Probe foot("leg_foot(0, 0.772, -1.4129, action[0], 0.096, 0.146, 0.172)", 1, 3);
  for (const double side : {1.0, -1.0}) {
    const Numbers tip = foot({side});
    EXPECT_NEAR(tip[1], side * 0.096, kTolerance);
    expect_near(joints({tip[0], tip[1], tip[2], side}), {0, 0.772, -1.4129}, kTolerance);
  }
}

TEST(Legs, TheFeetOfStochliteAreWhereMuJoCoHasThem) {
  // Any pose of body and joints; the observation is what the script computes, then what MuJoCo computes.
  const test::RobotUnderTest robot("posed", R"(
    use std.legs
    use std.rotations
    robot posed extends stochlite {
      settle  0 frames
      reset   qpos = [0, 0, 1, unit(q), j], qvel = 0 where q[_: 4] ~ normal(0, 1), j[_: 12] ~ uniform(-1.5, 1.5)
      observe [flatten[leg, _](feet(qpos) + rotate(qpos[3..7], hip)), site_xpos["fl_tip"] - qpos[0..3],
               site_xpos["fr_tip"] - qpos[0..3], site_xpos["bl_tip"] - qpos[0..3], site_xpos["br_tip"] - qpos[0..3]]
        // The kinematics have the hips at 0.167, 0.096 and 0.
        where hip = [-0.000117 - 0.00005 * front(), -0.000833, 0.003128]
    })");
  Environment environment = robot.environment();
  for (int i = 0; i < kTries; ++i) {
    const auto obs = environment.reset();
    for (std::size_t k = 0; k < 12; ++k) EXPECT_NEAR(obs[k], obs[k + 12], kTolerance) << "element " << k;
  }
}

TEST(Legs, ReachIsKept) {
  Probe kept("in_reach(action, 0.096, 0.146, 0.172)", 3, 3);
  const double reach = 0.9 * std::hypot(0.096, 0.318);
  expect_near(kept({0.05, 0.1, -0.2}), {0.05, 0.1, -0.2}, 0);
  const Numbers far = kept({0.3, 0.1, -0.4});
  EXPECT_NEAR(std::hypot(far[0], far[1], far[2]), reach, kTolerance);
  EXPECT_NEAR(far[0] / far[2], 0.3 / -0.4, kTolerance);
  EXPECT_NEAR(far[1] / far[2], 0.1 / -0.4, kTolerance);
  const Numbers near = kept({0.1, 0.03, -0.04});
  EXPECT_NEAR(near[0], 0.1, kTolerance);
  EXPECT_NEAR(std::hypot(near[1], near[2]), 0.096, kTolerance);
  EXPECT_NEAR(near[1] / near[2], 0.03 / -0.04, kTolerance);
}

TEST(Legs, TheSwingMeetsItsKnots) {
  Probe height("[swing_height(action[0], 0.08)]", 1, 1);
  const Numbers heights{0, 0.06, 0.08, 0.04, 0}, slopes{0.1, 0.05, 0, -0.1, 0};  // m, m/rad
  const double h = 1e-6;                                                         // of the phase
  for (std::size_t k = 0; k < 5; ++k) {
    const double phase = static_cast<double>(k) / 8;
    EXPECT_NEAR(height({phase})[0], heights[k], kTolerance) << "knot " << k;
    // One-sided differences from within the swing: error h times curvatures of about 4.
    const auto slope = [&](double from, double to) {
      return (height({to})[0] - height({from})[0]) / (2 * kPi * (to - from));
    };
    if (k < 4) {
      EXPECT_NEAR(slope(phase, phase + h), slopes[k], 1e-5) << "after knot " << k;
    }
    if (k > 0) {
      EXPECT_NEAR(slope(phase - h, phase), slopes[k], 1e-5) << "before knot " << k;
    }
  }
  for (double phase = 0.5; phase < 1; phase += 0.01) EXPECT_EQ(height({phase})[0], 0) << phase;
}

TEST(Legs, AStepTakesHalfAPeriodEach) {
  // 2.5 Hz at 100 Hz: 40 steps a period. Standing it stays behind, then it goes straight to half a stance ahead.
  Probe next("[next_step(action[0], action[1], action[2], action[3], 2.5, 0.01)]", 4, 1);
  Probe wrapped("[wrap(action[0])]", 1, 1);
  const double speed = 0.3, home = 0.02;
  double x = 0, phase = 0;
  for (int k = 1; k <= 200; ++k) {
    const double before = x;
    x = next({x, phase, speed, home})[0];
    phase = wrapped({phase + 0.025})[0];
    EXPECT_NEAR(phase, (k % 40) / 40.0, 1e-9) << k;  // 200 sums of 0.025 are rounded
    if (k % 20 == 0) {
      EXPECT_NEAR(x, home + (k % 40 == 20 ? 0.1 : -0.1) * speed, kTolerance) << "turns, step " << k;
    }
    if (k <= 40) continue;
    EXPECT_NEAR(x - before, (k - 1) % 40 < 20 ? speed * 0.01 : -speed * 0.01, kTolerance) << "step " << k;
  }
}

TEST(Rotations, TurnVectorsAsMuJoCoDoes) {
  const test::RobotUnderTest robot("turned", R"(
    use std.legs
    use std.rotations
    robot turned extends stochlite {
      settle  0 frames
      reset   qpos = [0, 0, 1, unit(q), qpos0[7..]], qvel = 0 where q[_: 4] ~ normal(0, 1)
      observe [rotate(qpos[3..7], [1, 0, 0]), rotate(qpos[3..7], [0, 1, 0]), rotate(qpos[3..7], [0, 0, 1]),
               roll_pitch_yaw(qpos[3..7]), xmat["torso"]]
    })");
  Environment environment = robot.environment();
  for (int i = 0; i < kTries; ++i) {
    const auto obs = environment.reset();
    const auto matrix = obs.subspan(12);
    for (std::size_t axis = 0; axis < 3; ++axis)
      for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(obs[3 * axis + k], matrix[3 * k + axis], kTolerance);
    // Rz(yaw) Ry(pitch) Rx(roll), multiplied out. The arc sine loses half the digits where it is steep: there 1e-7.
    const double roll = obs[9], pitch = obs[10], yaw = obs[11];
    const double tolerance = std::abs(pitch) > 1.5 ? 1e-7 : 1e-11;
    EXPECT_NEAR(matrix[0], std::cos(yaw) * std::cos(pitch), tolerance);
    EXPECT_NEAR(matrix[3], std::sin(yaw) * std::cos(pitch), tolerance);
    EXPECT_NEAR(matrix[6], -std::sin(pitch), tolerance);
    EXPECT_NEAR(matrix[7], std::cos(pitch) * std::sin(roll), tolerance);
    EXPECT_NEAR(matrix[8], std::cos(pitch) * std::cos(roll), tolerance);
  }
}

TEST(Rotations, ABodyOnAPlaneHasThePlanesAngles) {
  // The plane's normal is the body's own upward axis: whatever its yaw, the body's roll and pitch come back.
  Probe felt("plane_roll_pitch(rotate(action, [0, 0, 1]), rotate(action, [1, 0, 0]))", 4, 2);
  Probe own("roll_pitch_yaw(action)[0..2]", 4, 2);
  Draw draw;
  for (int i = 0; i < kTries; ++i) {
    Numbers q{1, draw(-0.4, 0.4), draw(-0.4, 0.4), draw(-2, 2)};
    const double length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (double& x : q) x /= length;
    expect_near(felt(q), own(q), 1e-11);
  }
  // Uphill is a negative pitch; seen sideways, the ground falls to the right: a positive roll.
  Probe seen("plane_roll_pitch([-sin(0.2), 0, cos(0.2)], action)", 3, 2);
  expect_near(seen({1, 0, 0}), {0, -0.2}, kTolerance);
  expect_near(seen({0, 1, 0}), {-0.2, 0}, kTolerance);
}

TEST(Rotations, ProductsAndTurns) {
  Probe product("cross(action[0..3], action[3..])", 6, 3);
  expect_near(product({1, 0, 0, 0, 1, 0}), {0, 0, 1}, 0);
  expect_near(product({1, 2, 3, 4, 5, 6}), {-3, 6, -3}, 0);
  Probe turned("turn_z(action[0..3], action[3])", 4, 3);
  expect_near(turned({1, 0, 5, kPi / 2}), {0, 1, 5}, kTolerance);
  Probe unit("unit(action[0..])", 3, 3);
  expect_near(unit({3, 0, 4}), {0.6, 0, 0.8}, kTolerance);
}

}  // namespace
}  // namespace duet
