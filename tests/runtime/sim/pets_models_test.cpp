// The models of the PETS robots have the sizes, joints, links and masses of handful-of-trials' MJCF files. Expected
// numbers are those facts, or follow from them by the volumes of capsules, spheres and cylinders; nothing is measured.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "runtime/sim/model.h"
#include "runtime/sim/mujoco_door.h"

namespace duet {
namespace {

// Masses are sums and products of a few numbers in another order than MuJoCo's: some units of the last digit.
constexpr double kMassTolerance = 1e-12;

double sphere(double radius) {
  return 4.0 / 3.0 * std::numbers::pi * std::pow(radius, 3);
}
double cylinder(double radius, double length) {
  return std::numbers::pi * radius * radius * length;
}
double capsule(double radius, double length) {
  return cylinder(radius, length) + sphere(radius);
}

struct JointRow {
  const char* name;
  bool limited;
  double low, high, damping, armature;
};

class PetsModel : public testing::Test {
 protected:
  void load(const std::string& robot) { model_ = Model::load(DUET_ROOT "/robots/" + robot + ".xml"); }
  const mjModel* m() const { return model_->native().model.get(); }
  int id(mjtObj type, const char* name) const {
    const int id = mj_name2id(m(), type, name);
    if (id < 0) ADD_FAILURE() << "no " << name;
    return std::max(id, 0);
  }
  double mass(const char* body) const { return m()->body_mass[id(mjOBJ_BODY, body)]; }
  /// A place in the frame of its body.
  std::array<double, 3> place(const double* all, int row) const {
    return {all[3 * row], all[3 * row + 1], all[3 * row + 2]};
  }
  std::array<double, 3> body_place(const char* body) const { return place(m()->body_pos, id(mjOBJ_BODY, body)); }
  std::array<double, 3> site_place(const char* site) const { return place(m()->site_pos, id(mjOBJ_SITE, site)); }

  void expect_sizes(int nq, int nu, double timestep, mjtIntegrator integrator) const {
    EXPECT_EQ(m()->nq, nq);
    EXPECT_EQ(m()->nv, nq);
    EXPECT_EQ(m()->nu, nu);
    EXPECT_EQ(m()->opt.timestep, timestep);
    EXPECT_EQ(m()->opt.integrator, integrator);
    EXPECT_EQ(model_->warnings(), "");
    EXPECT_GE(mj_name2id(m(), mjOBJ_CAMERA, "track"), 0);
  }
  void expect_gravity(double z) const { EXPECT_EQ(place(m()->opt.gravity, 0), (std::array<double, 3>{0, 0, z})); }
  /// All joints, in order.
  void expect_joints(const std::vector<JointRow>& rows) const {
    ASSERT_EQ(m()->njnt, static_cast<int>(rows.size()));
    for (int i = 0; i < m()->njnt; ++i) {
      const JointRow& row = rows[static_cast<std::size_t>(i)];
      SCOPED_TRACE(row.name);
      EXPECT_EQ(id(mjOBJ_JOINT, row.name), i);
      EXPECT_EQ(m()->jnt_limited[i] != 0, row.limited);
      if (row.limited) {
        EXPECT_EQ(m()->jnt_range[2 * i], row.low);
        EXPECT_EQ(m()->jnt_range[2 * i + 1], row.high);
      }
      EXPECT_EQ(m()->dof_damping[i], row.damping);
      EXPECT_EQ(m()->dof_armature[i], row.armature);
      EXPECT_EQ(m()->jnt_stiffness[i], 0);
    }
  }
  /// The motors push the first joints, in order, with the same gear and range.
  void expect_motors(double gear, double range) const {
    for (int i = 0; i < m()->nu; ++i) {
      EXPECT_EQ(m()->actuator_trnid[2 * i], i);
      EXPECT_EQ(m()->actuator_gear[6 * i], gear);
      EXPECT_EQ(m()->actuator_gainprm[mjNGAIN * i], 1);
      EXPECT_TRUE(m()->actuator_ctrllimited[i]);
      EXPECT_EQ(m()->actuator_ctrlrange[2 * i], -range);
      EXPECT_EQ(m()->actuator_ctrlrange[2 * i + 1], range);
    }
  }
  bool touch(const char* a, const char* b) const {
    const int i = id(mjOBJ_GEOM, a), j = id(mjOBJ_GEOM, b);
    return (m()->geom_contype[i] & m()->geom_conaffinity[j]) || (m()->geom_contype[j] & m()->geom_conaffinity[i]);
  }
  /// The links of the two PR2 arms, which differ in density and in what the forearm and the hand are made of.
  void expect_arm(double density, double forearm_capsule, double hand_volume) const {
    const double column = capsule(0.1, 0.6) + 2 * sphere(0.05) + 2 * sphere(0.03);
    EXPECT_NEAR(mass("shoulder_pan"), density * column, density * kMassTolerance);
    EXPECT_NEAR(mass("shoulder_lift"), density * capsule(0.1, 0.2), density * kMassTolerance);
    EXPECT_NEAR(mass("upper_arm"), density * (capsule(0.02, 0.2) + capsule(0.06, 0.4)), density * kMassTolerance);
    EXPECT_NEAR(mass("elbow"), density * capsule(0.06, 0.04), density * kMassTolerance);
    EXPECT_NEAR(mass("forearm"), density * (capsule(0.02, 0.2) + capsule(0.05, forearm_capsule)),
                density * kMassTolerance);
    EXPECT_NEAR(mass("wrist"), density * capsule(0.01, 0.04), density * kMassTolerance);
    EXPECT_NEAR(mass("hand"), density * hand_volume, density * kMassTolerance);
    using Place = std::array<double, 3>;
    EXPECT_EQ(body_place("shoulder_lift"), (Place{0.1, 0, 0}));
    EXPECT_EQ(body_place("upper_arm"), (Place{0, 0, 0}));
    EXPECT_EQ(body_place("elbow"), (Place{0.4, 0, 0}));
    EXPECT_EQ(body_place("forearm"), (Place{0, 0, 0}));
    EXPECT_EQ(body_place("wrist"), (Place{0.321, 0, 0}));
    EXPECT_EQ(body_place("hand"), (Place{0, 0, 0}));
  }

  std::shared_ptr<const Model> model_;
};

TEST_F(PetsModel, CartPole) {
  load("pets_cartpole");
  expect_sizes(2, 1, 0.02, mjINT_RK4);
  expect_gravity(-9.81);
  expect_joints({{"slider", true, -2.5, 2.5, 1, 0}, {"hinge", false, 0, 0, 1, 0}});
  expect_motors(100, 3);
  EXPECT_NEAR(mass("cart"), 1000 * capsule(0.1, 0.2), 1000 * kMassTolerance);
  EXPECT_NEAR(mass("pole"), 1000 * capsule(0.049, std::hypot(0.001, 0.6)), 1000 * kMassTolerance);
  EXPECT_EQ(site_place("tip"), (std::array<double, 3>{0, 0, -0.6}));
  for (int i = 0; i < m()->ngeom; ++i) EXPECT_EQ(m()->geom_contype[i], 0) << "nothing touches anything";
}

TEST_F(PetsModel, Reacher) {
  load("pets_reacher3d");
  expect_sizes(10, 7, 0.01, mjINT_RK4);
  expect_gravity(0);
  EXPECT_EQ(m()->opt.iterations, 20);
  expect_joints({{"shoulder_pan", true, -2.2854, 1.714602, 10, 0.04},
                 {"shoulder_lift", true, -0.5236, 1.3963, 10, 0.04},
                 {"upper_arm_roll", true, -3.9, 0.8, 0.1, 0.04},
                 {"elbow_flex", true, -2.3213, 0, 1, 0.04},
                 {"forearm_roll", false, 0, 0, 0.1, 0.04},
                 {"wrist_flex", true, -2.094, 0, 0.1, 0.04},
                 {"wrist_roll", false, 0, 0, 0.1, 0.04},
                 {"target_x", false, 0, 0, 0, 0},
                 {"target_y", false, 0, 0, 0, 0},
                 {"target_z", false, 0, 0, 0, 0}});
  expect_motors(1, 20);
  const double fingers = 2 * (capsule(0.01, std::hypot(0.09137, 0.00495)) + capsule(0.01, 0.09137));
  expect_arm(1000, 0.321, capsule(0.01, 0.04) + capsule(0.05, 0.04) + fingers);
  EXPECT_EQ(body_place("shoulder_pan"), (std::array<double, 3>{0, -0.188, 0}));
  EXPECT_EQ(site_place("tip"), (std::array<double, 3>{0.16828, 0, 0}));
  EXPECT_NEAR(mass("target"), 1000 * sphere(0.035), 1000 * kMassTolerance);
  EXPECT_EQ(body_place("target"), (std::array<double, 3>{0, 0.25, 0}));
  EXPECT_EQ(m()->qpos0[8], 0.25);
  for (int i = 0; i < m()->ngeom; ++i) EXPECT_EQ(m()->geom_contype[i], 0) << "nothing touches anything";
}

TEST_F(PetsModel, Pusher) {
  load("pets_pusher");
  expect_sizes(11, 7, 0.01, mjINT_EULER);
  expect_gravity(0);
  EXPECT_EQ(m()->opt.iterations, 20);
  const double far = 10.3;
  expect_joints({{"shoulder_pan", true, -2.2854, 2, 1, 0.04},
                 {"shoulder_lift", true, -0.5236, 1.3963, 1, 0.04},
                 {"upper_arm_roll", true, -1.5, 1.7, 0.1, 0.04},
                 {"elbow_flex", true, -2.3213, 0, 0.1, 0.04},
                 {"forearm_roll", true, -1.5, 1.5, 0.1, 0.04},
                 {"wrist_flex", true, -1.094, 0, 0.1, 0.04},
                 {"wrist_roll", true, -1.5, 1.5, 0.1, 0.04},
                 {"object_y", true, -10.3213, far, 0.5, 0.04},
                 {"object_x", true, -10.3213, far, 0.5, 0.04},
                 {"goal_y", true, -10.3213, far, 0.5, 0.04},
                 {"goal_x", true, -10.3213, far, 0.5, 0.04}});
  expect_motors(1, 2);
  expect_arm(300, 0.291, capsule(0.02, 0.2) + 2 * capsule(0.02, 0.1) + 2 * sphere(0.01));
  EXPECT_EQ(body_place("shoulder_pan"), (std::array<double, 3>{0, -0.6, 0}));
  EXPECT_EQ(body_place("object"), (std::array<double, 3>{0.45, -0.05, -0.275}));
  EXPECT_EQ(body_place("goal"), (std::array<double, 3>{0.45, -0.05, -0.323}));
  EXPECT_NEAR(mass("object"), 1e-5 * (cylinder(0.05, 0.1) + sphere(0.05)), 1e-5 * kMassTolerance);
  EXPECT_NEAR(mass("goal"), 1e-5 * cylinder(0.08, 0.002), 1e-5 * kMassTolerance);
}

TEST_F(PetsModel, OnlyTheForkTouchesTheObjectAndBothTouchTheTable) {
  load("pets_pusher");
  for (const char* part : {"fork", "left_prong", "right_prong"}) {
    EXPECT_TRUE(touch(part, "object")) << part;
    EXPECT_TRUE(touch(part, "table")) << part;
    EXPECT_FALSE(touch(part, "object_core")) << part;
    EXPECT_FALSE(touch(part, "goal")) << part;
    EXPECT_FALSE(touch(part, "column")) << part;
  }
  EXPECT_TRUE(touch("object", "table"));
  for (const char* part : {"column", "upper_arm", "forearm", "wrist", "left_tip", "right_tip", "goal"}) {
    EXPECT_FALSE(touch(part, "object")) << part;
    EXPECT_FALSE(touch(part, "table")) << part;
  }
  for (int i = 0; i < m()->ngeom; ++i) {
    EXPECT_EQ(m()->geom_condim[i], 1) << "without friction";
    EXPECT_EQ(m()->geom_margin[i], 0.002);
  }
}

TEST_F(PetsModel, ThePushersTipIsTheCentreOfMassOfTheForksTips) {
  load("pets_pusher");
  const int left = id(mjOBJ_GEOM, "left_tip"), right = id(mjOBJ_GEOM, "right_tip");
  EXPECT_EQ(m()->geom_bodyid[left], m()->site_bodyid[id(mjOBJ_SITE, "tip")]);
  EXPECT_EQ(m()->geom_bodyid[right], m()->geom_bodyid[left]);
  EXPECT_EQ(m()->geom_size[3 * left], m()->geom_size[3 * right]);
  for (int axis = 0; axis < 3; ++axis) {
    const double middle = (m()->geom_pos[3 * left + axis] + m()->geom_pos[3 * right + axis]) / 2;
    EXPECT_EQ(middle, site_place("tip")[static_cast<std::size_t>(axis)]);
  }
}

}  // namespace
}  // namespace duet
