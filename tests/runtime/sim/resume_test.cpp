// A simulator restored from a saved state goes on bit for bit like the one that was never stopped.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/sim/simulator.h"

namespace duet {
namespace {

constexpr SimulatorOptions kAll{.contact_forces = true, .velocities = true};

struct Case {
  const char* robot;
  int frames;
};

std::shared_ptr<const Model> load(const std::string& name) {
  return Model::load(std::string(DUET_ROOT) + "/robots/" + name + ".xml");
}

// Controls that vary, and at times leave their range.
std::vector<double> control(const Simulator& sim, int step) {
  std::vector<double> ctrl(sim.ctrl().size());
  for (std::size_t i = 0; i < ctrl.size(); ++i) ctrl[i] = 1.2 * std::sin(0.37 * step * (1.0 + 0.1 * i) + i);
  return ctrl;
}

void start(Simulator& sim, double tilt) {
  std::vector<double> qpos = sim.model().facts().qpos0;
  std::vector<double> qvel(sim.qvel().size(), 0.0);
  for (std::size_t i = 0; i < qvel.size(); ++i) qvel[i] = 0.05 * std::cos(i + tilt);
  for (std::size_t i = 2; i < qpos.size(); ++i) qpos[i] += tilt * std::sin(1.0 + i);
  sim.reset(qpos, qvel);
}

void expect_same(const Simulator& a, const Simulator& b, int step) {
  for (const QuantityFact& fact : a.model().facts().quantities) {
    const auto left = a.quantity(fact.name).values, right = b.quantity(fact.name).values;
    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint64_t>(left[i]), std::bit_cast<uint64_t>(right[i]))
          << fact.name << '[' << i << "] at step " << step;
    }
  }
  for (std::size_t i = 0; i < a.qacc_warmstart().size(); ++i) ASSERT_EQ(a.qacc_warmstart()[i], b.qacc_warmstart()[i]);
}

/// Steps from the start, in step with each other.
void expect_same_steps(Simulator& a, Simulator& b, int steps, int frames) {
  expect_same(a, b, 0);
  for (int step = 1; step <= steps && !testing::Test::HasFatalFailure(); ++step) {
    a.step(control(a, step), frames);
    b.step(control(b, step), frames);
    expect_same(a, b, step);
  }
}

/// A reset does not clear all of MuJoCo's data: nothing may come through, whatever the robot has.
TEST(Reset, ForgetsEverythingOnEveryRobot) {
  for (const auto& entry : std::filesystem::directory_iterator(std::string(DUET_ROOT) + "/robots")) {
    if (entry.path().extension() != ".xml") continue;
    SCOPED_TRACE(entry.path().stem().string());
    const auto model = Model::load(entry.path().string());
    Simulator used(model, kAll), fresh(model, kAll);
    start(used, -0.1);
    for (int step = 0; step < 60; ++step) used.step(control(used, 3 * step), 4);
    start(used, 0.05);
    start(fresh, 0.05);
    expect_same_steps(used, fresh, 40, 4);

    // After a failure in the middle of a step, and from the model's own state.
    std::vector<double> bad = control(used, 0);
    bad.back() = std::nan("");
    EXPECT_THROW(used.step(bad, 4), Error);
    Simulator never(model, kAll);
    const std::vector<double> zeros(used.qvel().size());
    used.reset(model->facts().qpos0, zeros);
    never.reset(model->facts().qpos0, zeros);
    expect_same_steps(used, never, 40, 4);
    EXPECT_EQ(used.warnings(), never.warnings());
  }
}

class Resume : public testing::TestWithParam<Case> {};

TEST_P(Resume, FreshSimulatorGoesOnBitForBit) {
  const auto model = load(GetParam().robot);
  Simulator whole(model, kAll);
  start(whole, 0.05);
  for (int step = 0; step < 100; ++step) whole.step(control(whole, step), GetParam().frames);
  EXPECT_GT(whole.contact_count(), 0) << "the comparison should not be of a robot in the air";

  Simulator resumed(load(GetParam().robot), kAll);  // Its own model, as after a restart of the program.
  resumed.restore(whole.save());
  expect_same(whole, resumed, 100);
  for (int step = 100; step < 300 && !HasFatalFailure(); ++step) {
    whole.step(control(whole, step), GetParam().frames);
    resumed.step(control(resumed, step), GetParam().frames);
    expect_same(whole, resumed, step);
  }
}

TEST_P(Resume, UsedSimulatorForgetsWhereItWas) {
  const auto model = load(GetParam().robot);
  Simulator whole(model, kAll), used(model, kAll);
  start(whole, 0.05);
  start(used, -0.1);
  for (int step = 0; step < 200 && !HasFatalFailure(); ++step) {
    if (step % 10 == 0) {
      const std::vector<double> state = whole.save();
      for (int branch = 0; branch < 3; ++branch) {  // As a planner does: many branches from one state.
        used.restore(state);
        for (int ahead = 0; ahead < 5; ++ahead) used.step(control(used, ahead * (branch + 2)), GetParam().frames);
      }
      used.restore(state);
    }
    whole.step(control(whole, step), GetParam().frames);
    used.step(control(used, step), GetParam().frames);
    expect_same(whole, used, step);
  }
}

TEST_P(Resume, StateIsTheSameAfterSaveAndRestore) {
  Simulator sim(load(GetParam().robot));
  start(sim, 0.05);
  for (int step = 0; step < 30; ++step) sim.step(control(sim, step), GetParam().frames);
  const std::vector<double> state = sim.save();
  EXPECT_EQ(state.size(), sim.state_size());
  sim.step(control(sim, 30), GetParam().frames);
  EXPECT_NE(sim.save(), state);
  sim.restore(state);
  EXPECT_EQ(sim.save(), state);
}

TEST_P(Resume, PositionsVelocitiesAndWarmStartAreEnoughToGoOn) {
  const auto model = load(GetParam().robot);
  Simulator whole(model), resumed(model);
  start(whole, 0.05);
  start(resumed, -0.1);
  for (int step = 0; step < 100; ++step) {
    whole.step(control(whole, step), GetParam().frames);
    resumed.step(control(resumed, 2 * step), GetParam().frames);
  }
  EXPECT_GT(whole.contact_count(), 0) << "without contacts the warm start does not matter";
  resumed.resume(whole.qpos(), whole.qvel(), whole.qacc_warmstart());
  EXPECT_EQ(resumed.contact_count(), 0) << "nothing is computed yet";
  for (int step = 100; step < 200; ++step) {
    whole.step(control(whole, step), GetParam().frames);
    resumed.step(control(resumed, step), GetParam().frames);
    for (const char* name : {"qpos", "qvel", "qacc", "xpos", "cfrc_ext"}) {
      const auto left = whole.quantity(name).values, right = resumed.quantity(name).values;
      ASSERT_TRUE(std::equal(left.begin(), left.end(), right.begin())) << name << " at step " << step;
    }
  }
}

TEST_P(Resume, StatesThatAreNoneAreRefused) {
  Simulator sim(load(GetParam().robot));
  const std::vector<double> qpos = sim.model().facts().qpos0, zeros(sim.qvel().size()), none;
  EXPECT_THROW(sim.resume(none, zeros, zeros), std::invalid_argument);
  EXPECT_THROW(sim.resume(qpos, none, zeros), std::invalid_argument);
  EXPECT_THROW(sim.resume(qpos, zeros, none), std::invalid_argument);
  std::vector<double> bad = zeros;
  bad[0] = std::nan("");
  EXPECT_THROW(sim.resume(qpos, bad, zeros), Error);
}

INSTANTIATE_TEST_SUITE_P(Robots, Resume, testing::Values(Case{"half_cheetah", 5}, Case{"hopper", 4}),
                         [](const auto& info) { return std::string(info.param.robot); });

}  // namespace
}  // namespace duet
