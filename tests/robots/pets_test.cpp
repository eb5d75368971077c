// The scripts of the PETS robots against the simulator: what they observe and pay is computed here once more from
// MuJoCo's own quantities, of a simulator that is driven by the same actions, without the scripts' kinematics.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/graph/verify.h"
#include "compiler/syntax/parser.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/simulator.h"
#include "tests/runtime/sim/hand_built.h"

namespace duet {
namespace {

// Rewards and places are sums of some ten terms of about 1: rounding stays far below.
constexpr double kTolerance = 1e-12;

using Numbers = std::vector<double>;

Numbers copy(std::span<const double> x) {
  return {x.begin(), x.end()};
}
double squares(std::span<const double> x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return sum;
}
Numbers joined(std::initializer_list<std::span<const double>> parts) {
  Numbers all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

class PetsRobot : public testing::Test {
 protected:
  void load(const std::string& robot, const std::string& mjcf) { load(library_.robot(robot, diagnostics_), mjcf); }
  /// A robot that the text defines, as `name`.
  void define(const std::string& text, const std::string& name, const std::string& mjcf) {
    library_.adopt(parse(sources_, sources_.add("test.duet", text), diagnostics_), false, diagnostics_);
    load(library_.find(name), mjcf);
  }
  void load(const ast::Item* item, const std::string& mjcf) {
    RobotChoice choice;
    choice.item = item;
    choice.mjcf = DUET_ROOT "/robots/" + mjcf;
    model_ = Model::load(choice.mjcf);
    choice.facts = model_->facts();
    if (item) program_ = elaborate_robot(sources_, library_, choice, {}, diagnostics_).program;
    ASSERT_TRUE(diagnostics_.empty()) << render_text(diagnostics_, sources_);
    ASSERT_EQ(verify(program_, {.sizes_known = true}), std::vector<std::string>{});
  }

  void expect_sizes(int64_t obs, int64_t action, int64_t limit, double dt) const {
    EXPECT_EQ(program_.robot.obs, obs);
    EXPECT_EQ(program_.robot.action, action);
    EXPECT_EQ(program_.robot.limit, limit);
    EXPECT_NEAR(static_cast<double>(program_.robot.frames) * model_->facts().timestep, dt, kTolerance);
  }

  double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }

  /// All joints anywhere in their ranges and a bit beyond, where limits are soft; those without range in a full turn.
  test::Start any_start() {
    constexpr double kBeyond = 0.1, kSpeed = 0.5;
    test::Start start{model_->facts().qpos0, Numbers(static_cast<std::size_t>(model_->facts().nv))};
    for (const JointFact& joint : model_->facts().joints) {
      const double low = joint.limited ? std::max(joint.low - kBeyond, -std::numbers::pi) : -std::numbers::pi;
      const double high = joint.limited ? std::min(joint.high + kBeyond, std::numbers::pi) : std::numbers::pi;
      start.qpos[static_cast<std::size_t>(joint.qpos_address)] = uniform(low, high);
      start.qvel[static_cast<std::size_t>(joint.dof_address)] = uniform(-kSpeed, kSpeed);
    }
    return start;
  }
  /// Any action, by a tenth beyond the motors' ranges: it is paid for as it is given.
  Numbers any_action() {
    Numbers action;
    for (const ActuatorFact& actuator : model_->facts().actuators)
      action.push_back(1.1 * uniform(actuator.low, actuator.high));
    return action;
  }

  /// What a test sees of a control step: the simulator before and after it, and the state after it set anew, so that
  /// all its quantities belong to that state.
  struct Step {
    const Simulator& sim;
    const Numbers& qpos_before;
    const Simulator& posed;
    const Numbers& action;
    const Environment& environment;
    double reward;
  };
  /// Drives the environment and a simulator side by side; `prepare` is called before, `check` after each step.
  void drive(const test::Start& start, int steps, const std::function<void(const Simulator&)>& prepare,
             const std::function<void(const Step&)>& check) {
    const Program program = test::with_start(program_, start);
    Environment environment(model_, program, 1, 1);
    Simulator sim(model_), posed(model_);
    environment.reset();
    sim.reset(start.qpos, start.qvel);
    for (int i = 0; i < steps && !HasFailure(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      const Numbers action = any_action(), before = copy(sim.qpos());
      prepare(sim);
      const Environment::Outcome outcome = environment.step(action);
      sim.step(action, static_cast<int>(program.robot.frames));
      posed.reset(sim.qpos(), sim.qvel());
      EXPECT_FALSE(outcome.done) << "these robots never fall";
      check({sim, before, posed, action, environment, outcome.reward});
    }
  }

  void expect_observation(const Step& step, const Numbers& expected) const {
    EXPECT_EQ(copy(step.environment.observation()), expected);
  }
  /// A row of three of a quantity, by the name of its thing.
  static Numbers place(std::span<const double> all, const std::vector<NamedFact>& names, const std::string& name) {
    for (const NamedFact& fact : names)
      if (fact.name == name) return copy(all.subspan(3 * static_cast<std::size_t>(fact.id), 3));
    ADD_FAILURE() << "no " << name;
    return Numbers(3);
  }
  Numbers site(const Simulator& sim, const std::string& name) const {
    return place(sim.site_xpos(), model_->facts().sites, name);
  }
  Numbers body(const Simulator& sim, const std::string& name) const {
    return place(sim.xpos(), model_->facts().bodies, name);
  }

  /// Mean and deviation of each element of the first observation over many resets.
  struct Spread {
    Numbers mean, deviation, low, high;
  };
  static constexpr int kResets = 2000;
  Spread resets() const {
    Environment environment(model_, program_, 7, 1);
    const auto size = static_cast<std::size_t>(program_.robot.obs);
    Numbers sum(size), sum2(size), low(size, INFINITY), high(size, -INFINITY);
    for (int i = 0; i < kResets; ++i) {
      const auto obs = environment.reset();
      for (std::size_t k = 0; k < size; ++k) {
        sum[k] += obs[k];
        sum2[k] += obs[k] * obs[k];
        low[k] = std::min(low[k], obs[k]);
        high[k] = std::max(high[k], obs[k]);
      }
    }
    Spread spread{Numbers(size), Numbers(size), low, high};
    for (std::size_t k = 0; k < size; ++k) {
      spread.mean[k] = sum[k] / kResets;
      spread.deviation[k] = std::sqrt(std::max(0.0, sum2[k] / kResets - spread.mean[k] * spread.mean[k]));
    }
    return spread;
  }
  /// The element is normal with this mean and deviation: both estimates lie within 5 standard errors.
  static void expect_normal(const Spread& spread, std::size_t element, double mean, double deviation) {
    const double error = deviation / std::sqrt(static_cast<double>(kResets));
    EXPECT_NEAR(spread.mean[element], mean, 5 * error) << "element " << element;
    EXPECT_NEAR(spread.deviation[element], deviation, 5 * error / std::numbers::sqrt2) << "element " << element;
  }
  static void expect_fixed(const Spread& spread, std::size_t element, double value) {
    EXPECT_EQ(spread.low[element], value) << "element " << element;
    EXPECT_EQ(spread.high[element], value) << "element " << element;
  }

  SourceMap sources_;
  Diagnostics diagnostics_;
  Library library_{sources_, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"}};
  std::shared_ptr<const Model> model_;
  Program program_;
  std::mt19937_64 random_{1};
};

class PetsCartPole : public PetsRobot {
 protected:
  void SetUp() override { load("pets_cartpole", "pets_cartpole.xml"); }
};

TEST_F(PetsCartPole, HasTheSizesOfTheOriginal) {
  expect_sizes(4, 1, 200, 0.04);
}

TEST_F(PetsCartPole, PaysForTheTipAboveTheMiddle) {
  for (int episode = 0; episode < 20; ++episode)
    drive(
        any_start(), 50, [](const Simulator&) {},
        [&](const Step& step) {
          expect_observation(step, joined({step.sim.qpos(), step.sim.qvel()}));
          const Numbers tip = site(step.posed, "tip");
          EXPECT_NEAR(std::hypot(tip[0] - step.sim.qpos()[0], tip[2]), 0.6, kTolerance);
          const double distance2 = squares({{tip[0], tip[1], tip[2] - 0.6}});
          EXPECT_NEAR(step.reward, std::exp(-distance2 / 0.36) - 0.01 * squares(step.action), kTolerance);
        });
}

TEST_F(PetsCartPole, StartsAboutHangingStill) {
  const Spread spread = resets();
  for (std::size_t k = 0; k < 4; ++k) expect_normal(spread, k, 0, 0.1);
}

TEST_F(PetsCartPole, EndsOnlyAtTheLimit) {
  Environment environment(model_, program_, 1, 1);
  environment.reset();
  for (int i = 1; i <= 200; ++i) {
    const Environment::Outcome outcome = environment.step(Numbers{0});
    EXPECT_FALSE(outcome.done);
    EXPECT_EQ(outcome.truncated, i == 200);
  }
}

class PetsReacher : public PetsRobot {
 protected:
  void SetUp() override { load("pets_reacher3d", "pets_reacher3d.xml"); }
};

TEST_F(PetsReacher, HasTheSizesOfTheOriginal) {
  expect_sizes(17, 7, 150, 0.02);
}

TEST_F(PetsReacher, PaysForTheTipAtTheTargetAsTheSimulatorPlacesThem) {
  for (int episode = 0; episode < 200; ++episode) {
    test::Start start = any_start();
    std::fill(start.qvel.end() - 3, start.qvel.end(), 0.0);
    drive(
        start, 5, [](const Simulator&) {},
        [&](const Step& step) {
          expect_observation(step, joined({step.sim.qpos(), step.sim.qvel().first(7)}));
          EXPECT_EQ(copy(step.sim.qpos().last(3)), Numbers(start.qpos.end() - 3, start.qpos.end()))
              << "the target moved";
          const Numbers tip = site(step.posed, "tip"), target = body(step.posed, "target");
          const double distance2 = squares({{tip[0] - target[0], tip[1] - target[1], tip[2] - target[2]}});
          // Targets may be some metres away here, and the action's share is up to 34.
          EXPECT_NEAR(step.reward, -distance2 - 0.01 * squares(step.action), 100 * kTolerance);
        });
  }
}

TEST_F(PetsReacher, StartsStretchedOutWithATargetInFront) {
  const Spread spread = resets();
  for (std::size_t k = 0; k < 7; ++k) expect_fixed(spread, k, 0);
  expect_normal(spread, 7, 0, 0.1);
  expect_normal(spread, 8, 0.25, 0.1);
  expect_normal(spread, 9, 0, 0.1);
  for (std::size_t k = 10; k < 17; ++k) expect_fixed(spread, k, 0);
}

class PetsPusher : public PetsRobot {
 protected:
  void SetUp() override { load("pets_pusher", "pets_pusher.xml"); }
  /// The arm anywhere with its tip at the height of the object, and the object about the fork, so that they may touch.
  test::Start at_the_fork() {
    Simulator posed(model_);
    test::Start start;
    Numbers tip;
    do {
      start = any_start();
      posed.reset(start.qpos, start.qvel);
      tip = site(posed, "tip");
    } while (std::abs(tip[2] + 0.275) > 0.03);
    const Numbers things = {tip[1] + 0.05 + uniform(-0.1, 0.1), tip[0] - 0.45 + uniform(-0.1, 0.1), 0, 0};
    std::copy(things.begin(), things.end(), start.qpos.begin() + 7);
    std::fill(start.qvel.begin() + 7, start.qvel.end(), 0.0);
    return start;
  }
  /// The sum of absolute differences.
  static double apart(const Numbers& a, const Numbers& b) {
    return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
  }
  double distances(const Simulator& sim) const {
    const Numbers object = body(sim, "object");
    return 1.25 * apart(object, body(sim, "goal")) + 0.5 * apart(object, site(sim, "tip"));
  }
};

TEST_F(PetsPusher, HasTheSizesOfTheOriginal) {
  expect_sizes(20, 7, 150, 0.04);
}

TEST_F(PetsPusher, PaysForTheDistancesBeforeTheStep) {
  double moved = 0;
  for (int episode = 0; episode < 40; ++episode) {
    const test::Start start = at_the_fork();
    double before = 0;
    drive(
        start, 25, [&](const Simulator& sim) { before = distances(sim); },
        [&](const Step& step) {
          expect_observation(step, joined({step.sim.qpos().first(7), step.sim.qvel().first(7), site(step.sim, "tip"),
                                           body(step.sim, "object")}));
          EXPECT_NEAR(step.reward, -before - 0.1 * squares(step.action), kTolerance);
          moved = std::max(moved, std::abs(step.sim.qpos()[7] - start.qpos[7]));
        });
  }
  EXPECT_GT(moved, 0.01) << "the arm never pushed the object";
}

TEST_F(PetsPusher, PlannersPayForTheDistancesAfterTheStep) {
  define("robot probe extends pets_pusher { reward objective(obs, action, obs') }", "probe", "pets_pusher.xml");
  for (int episode = 0; episode < 10; ++episode)
    drive(
        at_the_fork(), 25, [](const Simulator&) {},
        [&](const Step& step) {
          EXPECT_NEAR(step.reward, -distances(step.sim) - 0.1 * squares(step.action), kTolerance);
        });
}

TEST_F(PetsPusher, StartsWithTheObjectAsideAndTheArmAlmostStill) {
  const Spread spread = resets();
  for (std::size_t k = 0; k < 7; ++k) expect_fixed(spread, k, 0);
  for (std::size_t k = 7; k < 14; ++k) {
    EXPECT_GE(spread.low[k], -0.005);
    EXPECT_LE(spread.high[k], 0.005);
    EXPECT_NEAR(spread.deviation[k], 0.005 / std::numbers::sqrt3, 0.0002) << "uniform: 0.00289 +- 0.00003";
  }
  expect_normal(spread, 17, 0.45 + 0.15, 0.025);
  expect_normal(spread, 18, -0.05 - 0.25, 0.025);
  expect_fixed(spread, 19, -0.275);
}

class PetsHalfCheetah : public PetsRobot {
 protected:
  void SetUp() override { load("pets_half_cheetah", "half_cheetah.xml"); }
};

TEST_F(PetsHalfCheetah, HasTheSizesOfTheOriginal) {
  expect_sizes(18, 6, 1000, 0.05);
}

TEST_F(PetsHalfCheetah, ObservesAndPaysItsMeanVelocity) {
  for (int episode = 0; episode < 20; ++episode) {
    test::Start start{model_->facts().qpos0, Numbers(static_cast<std::size_t>(model_->facts().nv), 0.1)};
    drive(
        start, 50, [](const Simulator&) {},
        [&](const Step& step) {
          const double velocity = (step.sim.qpos()[0] - step.qpos_before[0]) / 0.05;
          const auto obs = step.environment.observation();
          EXPECT_NEAR(obs[0], velocity, kTolerance * std::max(1.0, std::abs(velocity)));
          EXPECT_EQ(copy(obs.subspan(1)), joined({step.sim.qpos().subspan(1), step.sim.qvel()}));
          EXPECT_NEAR(step.reward, velocity - 0.1 * squares(step.action),
                      kTolerance * std::max(1.0, std::abs(velocity)));
        });
  }
}

TEST_F(PetsHalfCheetah, StartsAlmostStill) {
  const Spread spread = resets();
  expect_fixed(spread, 0, 0);
  for (std::size_t k = 1; k < 18; ++k) expect_normal(spread, k, 0, 0.001);
}

}  // namespace
}  // namespace duet
