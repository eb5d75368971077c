#include "runtime/sim/simulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

using test::TempModel;
using test::thrown;

std::shared_ptr<const Model> robot(const std::string& name) {
  return Model::load(std::string(DUET_ROOT) + "/robots/" + name + ".xml");
}

std::vector<double> zeros(int count) {
  return std::vector<double>(count, 0.0);
}

TEST(Simulator, StartsInTheModelsState) {
  const Simulator sim(robot("hopper"));
  EXPECT_EQ(sim.time(), 0.0);
  EXPECT_EQ(sim.qpos()[1], 1.25);
  EXPECT_EQ(sim.qvel().size(), 6u);
  EXPECT_EQ(sim.xpos()[3 * 1 + 2], 1.25) << "the torso's height has been computed";
}

TEST(Simulator, StepTakesFramesTimesTheTimestep) {
  Simulator sim(robot("half_cheetah"));
  sim.step(zeros(6), 5);
  EXPECT_NEAR(sim.time(), 0.05, 1e-15);  // Five additions of 0.01.
  sim.step(zeros(6), 0);
  EXPECT_NEAR(sim.time(), 0.05, 1e-15);
}

TEST(Simulator, AFallingBodyObeysGravity) {
  const TempModel file(R"(<mujoco><option timestep="0.001"/><worldbody><body pos="0 0 10"><freejoint/>
                          <geom type="sphere" size="0.1"/></body></worldbody></mujoco>)");
  Simulator sim(Model::load(file.path()));
  sim.step({}, 1000);
  // Semi-implicit Euler over n steps of h falls g h^2 n (n + 1) / 2, exact but for rounding.
  EXPECT_NEAR(sim.qpos()[2], 10.0 - 9.81 * 1e-6 * 1000 * 1001 / 2, 1e-9);
}

TEST(Simulator, ControlIsKeptUnclippedButActsClamped) {
  Simulator wild(robot("inverted_pendulum"));
  Simulator tame(robot("inverted_pendulum"));
  wild.step(std::vector<double>{30.0}, 2);
  tame.step(std::vector<double>{3.0}, 2);
  EXPECT_EQ(wild.ctrl()[0], 30.0);
  EXPECT_EQ(wild.qvel()[0], tame.qvel()[0]);
}

TEST(Simulator, ContactForcesAppearInStepAndNotInReset) {
  Simulator sim(robot("hopper"));
  double force = 0.0;
  for (const double value : sim.cfrc_ext()) force += std::abs(value);
  EXPECT_EQ(force, 0.0);
  for (int i = 0; i < 50; ++i) sim.step(zeros(3), 4);  // It has landed by then.
  for (const double value : sim.cfrc_ext()) force += std::abs(value);
  EXPECT_GT(force, 0.0);
  EXPECT_GT(sim.contact_count(), 0);
  EXPECT_EQ(sim.quantity("ncon").values[0], sim.contact_count());
}

TEST(Simulator, BodyForcesThatNobodyWantsChangeNothingElse) {
  Simulator with(robot("hopper")), without(robot("hopper"), {.body_forces = false});
  for (int i = 0; i < 50; ++i) {
    with.step(zeros(3), 4);
    without.step(zeros(3), 4);
  }
  EXPECT_TRUE(std::ranges::equal(with.qpos(), without.qpos()));
  EXPECT_TRUE(std::ranges::equal(with.qacc(), without.qacc()));
  for (const double value : without.cfrc_ext()) EXPECT_EQ(value, 0.0);
}

TEST(Simulator, GoesOnFromAnotherBitForBit) {
  Simulator one(robot("hopper")), two(robot("hopper")), other(robot("inverted_pendulum"));
  for (int i = 0; i < 50; ++i) one.step(zeros(3), 4);
  for (int i = 0; i < 7; ++i) two.step(std::vector<double>{1, 1, 1}, 4);
  two.go_on_from(one);
  EXPECT_EQ(two.save(), one.save());
  for (Simulator* sim : {&one, &two})
    for (int i = 0; i < 20; ++i) sim->step(std::vector<double>{0.5, -0.5, 0.5}, 4);
  EXPECT_EQ(two.save(), one.save());
  EXPECT_THROW(other.go_on_from(one), std::logic_error);
}

TEST(Simulator, EveryListedQuantityCanBeReadWithItsShape) {
  const Simulator sim(robot("inverted_double_pendulum"), {.contact_forces = true, .velocities = true});
  for (const QuantityFact& fact : sim.model().facts().quantities) {
    const Quantity quantity = sim.quantity(fact.name);
    EXPECT_EQ(quantity.rows, fact.rows) << fact.name;
    EXPECT_EQ(quantity.cols, fact.cols) << fact.name;
    EXPECT_EQ(quantity.values.size(), static_cast<std::size_t>(fact.rows * fact.cols)) << fact.name;
  }
  EXPECT_EQ(sim.quantity("site_xpos").values.data(), sim.site_xpos().data());
  EXPECT_NEAR(sim.quantity("site_xpos").values[2], 1.2, 1e-15);  // Two poles of 0.6 m upright; one rounding.
  EXPECT_EQ(sim.quantity("cinert").cols, 10);
  EXPECT_EQ(sim.quantity("body_mass").values[0], 0.0);
}

// The velocities of frames are what their positions change by, here as a central difference along the velocity; it is
// good to the square of its step.
TEST(Simulator, VelocitiesAreThoseOfThePositions) {
  Simulator sim(robot("half_cheetah"), {.velocities = true});
  std::vector<double> velocity(9);
  for (std::size_t i = 0; i < velocity.size(); ++i) velocity[i] = 0.5 + 0.3 * static_cast<double>(i);
  constexpr double kStep = 1e-5;
  const auto positions = [&](double time) {
    std::vector<double> at(9);
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = 0.1 * static_cast<double>(i) + time * velocity[i];
    sim.reset(at, velocity);
    return std::vector<double>(sim.xpos().begin(), sim.xpos().end());
  };
  const std::vector<double> before = positions(-kStep), after = positions(kStep);
  positions(0.0);
  const auto linear = sim.quantity("xvelp").values, angular = sim.quantity("xvelr").values;
  double turning = 0.0;
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_NEAR(linear[i], (after[i] - before[i]) / (2 * kStep), 1e-7) << i;
  for (std::size_t joint = 2; joint < 6; ++joint) turning += velocity[joint];  // torso, back thigh, shin and foot
  const std::size_t foot = 4;                                                  // a body of the plane: it turns about y
  EXPECT_NEAR(std::abs(angular[3 * foot + 1]), turning, 1e-12);
  EXPECT_EQ(angular[3 * foot], 0.0);
}

TEST(Simulator, UnknownQuantityNamesTheNearest) {
  const Simulator sim(robot("hopper"));
  const Error error = thrown<Error>([&] { sim.quantity("site_xpso"); });
  EXPECT_EQ(error.code(), "E0506");
  EXPECT_NE(error.help().find("did you mean 'site_xpos'?"), std::string::npos) << error.help();
  EXPECT_EQ(thrown<Error>([&] { sim.quantity("banana_split"); }).help().find("did you mean"), std::string::npos);
}

TEST(Simulator, BadControlIsE0601AndNamesTheActuator) {
  Simulator sim(robot("half_cheetah"));
  std::vector<double> ctrl = zeros(6);
  ctrl[1] = std::nan("");
  const Error error = thrown<Error>([&] { sim.step(ctrl, 5); });
  EXPECT_EQ(error.code(), "E0601");
  EXPECT_NE(std::string(error.what()).find("actuator 'bshin'"), std::string::npos) << error.what();
}

TEST(Simulator, BadStartIsE0601AndNamesTheJoint) {
  Simulator sim(robot("half_cheetah"));
  std::vector<double> qpos = zeros(9), qvel = zeros(9);
  qvel[4] = std::numeric_limits<double>::infinity();
  const Error error = thrown<Error>([&] { sim.reset(qpos, qvel); });
  EXPECT_EQ(error.code(), "E0601");
  EXPECT_NE(std::string(error.what()).find("joint 'bshin'"), std::string::npos) << error.what();
}

// A stiff spring with a long timestep doubles its swing again and again.
constexpr const char* kExplosive = R"(<mujoco><option timestep="0.1" gravity="0 0 0"/><worldbody><body>
  <joint name="spring" type="slide" stiffness="1e6"/><geom type="sphere" size="0.1"/></body></worldbody></mujoco>)";

TEST(Simulator, ExplosionIsE0601AtTheStepThatMadeIt) {
  const TempModel file(kExplosive);
  Simulator sim(Model::load(file.path()));
  sim.reset(std::vector<double>{0.1}, std::vector<double>{0.0});
  int survived = 0;
  const Error error = thrown<Error>([&] {
    for (; survived < 1000; ++survived) {
      sim.step({}, 1);
      ASSERT_LT(std::abs(sim.qpos()[0]), 1e10) << "a bad state was handed out";
    }
  });
  EXPECT_EQ(error.code(), "E0601");
  EXPECT_GT(survived, 0);
  EXPECT_NE(std::string(error.what()).find("joint 'spring'"), std::string::npos) << error.what();
  EXPECT_EQ(sim.qpos()[0], 0.0) << "the initial state is left behind";
}

TEST(Simulator, ExplosionAmongManyFramesIsNotMissed) {
  // MuJoCo resets itself at the bad frame and goes on as if nothing had happened.
  const TempModel file(kExplosive);
  Simulator sim(Model::load(file.path()));
  sim.reset(std::vector<double>{0.1}, std::vector<double>{0.0});
  EXPECT_EQ(thrown<Error>([&] { sim.step({}, 1000); }).code(), "E0601");
  EXPECT_NO_THROW(sim.step({}, 10)) << "usable again, from the initial state at rest";
}

TEST(Simulator, FatalErrorOfMuJoCoIsE0611AndNotTheEndOfTheProcess) {
  // Room for the first forward pass in the air, none for the solver once there are contacts.
  const TempModel file(R"(<mujoco><size nstack="120"/><worldbody><geom type="plane" size="5 5 1"/>
    <body pos="0 0 0.5"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body></worldbody></mujoco>)");
  Simulator sim(Model::load(file.path()));
  for (int again = 0; again < 2; ++again) {
    const Error error = thrown<Error>([&] { sim.step({}, 1000); });
    EXPECT_EQ(error.code(), "E0611");
    EXPECT_NE(std::string(error.what()).find("Stack overflow"), std::string::npos) << error.what();
    EXPECT_EQ(sim.qpos()[2], 0.5) << "the initial state is left behind";
  }
}

TEST(Simulator, WrongSizesAreRefused) {
  Simulator sim(robot("hopper"));
  EXPECT_THROW(sim.step(zeros(2), 1), std::invalid_argument);
  EXPECT_THROW(sim.reset(zeros(5), zeros(6)), std::invalid_argument);
  EXPECT_THROW(sim.reset(zeros(6), zeros(5)), std::invalid_argument);
  const Error error = thrown<Error>([&] { sim.restore(zeros(3)); });
  EXPECT_EQ(error.code(), "E0610");
}

TEST(Simulator, FullContactBufferIsTold) {
  const TempModel file(R"(<mujoco><size nconmax="1"/><worldbody><geom type="plane" size="5 5 1"/>
    <body pos="0 0 0.1"><freejoint/><geom type="box" size="0.1 0.1 0.1"/></body></worldbody></mujoco>)");
  Simulator sim(Model::load(file.path()));
  sim.step({}, 10);
  EXPECT_NE(sim.warnings().find("nconmax"), std::string::npos) << sim.warnings();
}

}  // namespace
}  // namespace duet
