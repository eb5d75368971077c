// Rollouts of the simulator against environments that are stepped by hand: threads, ends, failures, allocations.

#include "runtime/sim/rollout_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/support/allocation_counter.h"

namespace duet {
namespace {

constexpr std::size_t kSteps = 25, kRows = 11;

std::shared_ptr<const Model> model_of(const std::string& robot) {
  return Model::load(std::string(DUET_ROOT) + "/robots/" + robot + ".xml");
}

/// Controls that differ from row to row and from step to step.
std::vector<float> waves(std::size_t steps, std::size_t rows, std::size_t action) {
  std::vector<float> controls(steps * rows * action);
  for (std::size_t i = 0; i < controls.size(); ++i)
    controls[i] = static_cast<float>(std::sin(0.37 * static_cast<double>(i)));
  return controls;
}

/// Room for all results of some controls.
struct Results {
  Results(const Program& program, std::vector<float> the_controls, std::size_t steps, std::size_t rows)
      : controls(std::move(the_controls)),
        rewards(steps * rows, 7),
        observations(steps * rows * static_cast<std::size_t>(program.robot.obs), 7),
        alive(steps * rows, 7),
        view{steps, rows, controls, rewards, observations, alive} {}
  Results(const Results&) = delete;

  bool operator==(const Results& other) const {
    return rewards == other.rewards && observations == other.observations && alive == other.alive;
  }

  std::vector<float> controls, rewards, observations, alive;
  Rollouts view;
};

/// The same by hand: a copy of the robot for each row, from its saved state.
void by_hand(const std::shared_ptr<const Model>& model, const Program& program, const Environment& robot,
             std::size_t first, std::size_t count, Results& out, uint64_t seed, uint64_t site) {
  const auto action = static_cast<std::size_t>(program.robot.action),
             width = static_cast<std::size_t>(program.robot.obs);
  const std::vector<std::byte> state = robot.save();
  for (std::size_t row = first; row < first + count; ++row) {
    Environment copy(model, program, seed, site);
    copy.restore(state);
    bool alive = true;
    for (std::size_t step = 0; step < out.view.steps; ++step) {
      const std::size_t at = step * out.view.rows + row;
      Environment::Outcome outcome;
      const auto given = out.view.controls.subspan(at * action, action);
      if (alive) outcome = copy.step(std::vector<double>(given.begin(), given.end()));
      alive = alive && !outcome.done;
      out.rewards[at] = static_cast<float>(outcome.reward);
      out.alive[at] = alive;
      for (std::size_t i = 0; i < width; ++i)
        out.observations[at * width + i] = static_cast<float>(copy.observation()[i]);
    }
  }
}

/// A robot in the midst of an episode.
Environment under_way(const std::shared_ptr<const Model>& model, const Program& program, uint64_t seed, uint64_t site,
                      int steps) {
  Environment robot(model, program, seed, site);
  robot.reset();
  robot.reset();
  for (int step = 0; step < steps; ++step)
    robot.step(std::vector<double>(static_cast<std::size_t>(program.robot.action), 0.1 * std::sin(step + 1)));
  return robot;
}

TEST(RolloutBatch, EqualsEnvironmentsSteppedByHandWhateverTheThreads) {
  for (const char* name : {"half_cheetah", "hopper", "inverted_double_pendulum"}) {
    const auto model = model_of(name);
    const Program program = std::string(name) == "hopper"         ? test::hopper()
                            : std::string(name) == "half_cheetah" ? test::half_cheetah()
                                                                  : test::inverted_double_pendulum();
    const Environment robot = under_way(model, program, 3, 4, 5);
    const std::vector<std::byte> before = robot.save();
    const std::vector<float> controls = waves(kSteps, kRows, static_cast<std::size_t>(program.robot.action));
    Results expected(program, controls, kSteps, kRows);
    by_hand(model, program, robot, 0, kRows, expected, 3, 4);
    EXPECT_EQ(std::ranges::count(expected.alive, 0.0f) > 0, std::string(name) != "half_cheetah") << "some fall";
    RolloutBatch batch(model, program);
    for (const int threads : {1, 2, 3}) {
      ThreadPool pool(threads);
      for (int again = 0; again < 2; ++again) {
        Results results(program, controls, kSteps, kRows);
        batch.run(pool, std::vector{&robot}, results.view);
        EXPECT_TRUE(results == expected) << name << " on " << threads << " threads";
      }
    }
    EXPECT_TRUE(robot.save() == before) << "the robot itself is not touched";
  }
}

/// A hopper with a mass of the episode, which the reward reads, and an observation and a variable that draw.
Program changing() {
  Program program = test::hopper();
  RobotProgram& robot = program.robot;
  test::RobotWriter w(program);
  w.begin();
  robot.drawn = {{"mass", {}}};
  robot.randomize = w.end({w.bin(Op::add, w.number(1), w.draw("uniform", {}, 31))});
  w.begin();
  const ValueId mass = w.input("mass", {});
  robot.edits = {{"body_mass", {1}}};
  robot.edit = w.end({w.bin(Op::mul, w.number(3), mass)});
  robot.variables = {{"luck", {}}};
  w.begin();
  robot.start = w.end({w.draw("normal", {}, 32)});
  w.begin();
  const ValueId luck = w.input("luck", {});
  robot.after = w.end({w.bin(Op::add, luck, w.draw("normal", {}, 33))});
  robot.after_variables = {0};
  w.begin();
  const ValueId then = w.input("luck'", {}), whole = w.input("mass", {});
  const ValueId body = w.element(w.input("body_mass", {{"body", 5}}), "body", 1);
  robot.reward = w.end({w.bin(Op::add, then, w.bin(Op::mul, whole, body))});
  return program;
}

TEST(RolloutBatch, EveryRobotLendsItsOwnEpisode) {
  const auto model = model_of("hopper");
  const Program program = changing();
  std::vector<Environment> robots;
  for (int i = 0; i < 3; ++i) robots.push_back(under_way(model, program, 5, static_cast<uint64_t>(i), 2 * i));
  std::vector<const Environment*> starts;
  for (const Environment& robot : robots) starts.push_back(&robot);
  constexpr std::size_t kAll = 3 * kRows;
  Results expected(program, waves(4, kAll, 3), 4, kAll), results(program, expected.controls, 4, kAll);
  for (std::size_t i = 0; i < 3; ++i) by_hand(model, program, robots[i], i * kRows, kRows, expected, 5, i);
  EXPECT_NE(expected.rewards[0], expected.rewards[kRows]);
  RolloutBatch batch(model, program);
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    batch.run(pool, starts, results.view);
    EXPECT_TRUE(results == expected) << threads;
  }
  // A new episode has other numbers.
  ThreadPool pool(2);
  for (Environment& robot : robots) robot.reset();
  batch.run(pool, starts, results.view);
  EXPECT_FALSE(results == expected);
  for (std::size_t i = 0; i < 3; ++i) by_hand(model, program, robots[i], i * kRows, kRows, expected, 5, i);
  EXPECT_TRUE(results == expected);
}

TEST(RolloutBatch, WhatNobodyWantsChangesNothingElse) {
  const auto model = model_of("hopper");
  const Program program = test::hopper();
  const Environment robot = under_way(model, program, 1, 1, 3);
  ThreadPool pool(2);
  RolloutBatch batch(model, program);
  Results all(program, waves(kSteps, kRows, 3), kSteps, kRows), some(program, all.controls, kSteps, kRows);
  batch.run(pool, std::vector{&robot}, all.view);
  some.view.observations = some.view.alive = {};
  batch.run(pool, std::vector{&robot}, some.view);
  EXPECT_EQ(some.rewards, all.rewards);
  some.view.alive = some.alive;
  some.view.rewards = {};
  batch.run(pool, std::vector{&robot}, some.view);
  EXPECT_EQ(some.alive, all.alive);
}

TEST(RolloutBatch, ALostCandidateIsWorthNoMoreThanAnyOther) {
  const auto model = model_of("half_cheetah");
  Program program = test::half_cheetah();
  test::RobotWriter w(program);  // the first action is the reward; one of 0 makes it infinite
  w.begin();
  const ValueId first = w.element(w.input("action", {{"action", 6}}), "action", 0);
  program.robot.reward = w.end({w.bin(Op::div, w.un(Op::square, first), first)});
  const Environment one = under_way(model, program, 1, 1, 3), two = under_way(model, program, 1, 2, 3);
  std::vector<float> controls(3 * 6 * 6, 0.5f);  // three candidates of each robot for three steps
  const auto first_action = [&](std::size_t step, std::size_t row) -> float& { return controls[(step * 6 + row) * 6]; };
  first_action(1, 0) = 0;                                        // lost in the midst
  first_action(2, 1) = -0.25f;                                   // the lowest of the first robot
  first_action(0, 5) = std::numeric_limits<float>::quiet_NaN();  // lost at once
  Results results(program, controls, 3, 6);
  ThreadPool pool(2);
  RolloutBatch(model, program).run(pool, std::vector{&one, &two}, results.view);
  const std::vector<float> rewards = {-0.25f, 0.5f,   0.5f, 0.5f, 0.5f, 0,  //
                                      -0.25f, 0.5f,   0.5f, 0.5f, 0.5f, 0,  //
                                      -0.25f, -0.25f, 0.5f, 0.5f, 0.5f, 0};
  const std::vector<float> alive = {1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0};
  EXPECT_EQ(results.rewards, rewards);
  EXPECT_EQ(results.alive, alive);
  const auto seen = [&](std::size_t step, std::size_t row) {
    const auto from = results.observations.begin() + static_cast<std::ptrdiff_t>((step * 6 + row) * 17);
    return std::vector<float>(from, from + 17);
  };
  EXPECT_EQ(seen(2, 0), seen(0, 0)) << "it stays where it was last";
  EXPECT_EQ(seen(2, 5), std::vector<float>(two.observation().begin(), two.observation().end()));
  EXPECT_NE(seen(2, 1), seen(1, 1));
}

TEST(RolloutBatch, RefusesWhatTheRobotAndTheSizesDo) {
  const auto model = model_of("half_cheetah");
  Program program = test::half_cheetah();
  program.robot.outside = OutsideLimits::refuse;
  program.robot.low.assign(6, -1);
  program.robot.high.assign(6, 1);
  const Environment robot = under_way(model, program, 1, 1, 0);
  ThreadPool pool(2);
  RolloutBatch batch(model, program);
  std::vector<float> controls(2 * 4 * 6, 0.5f);
  controls[(4 + 3) * 6 + 2] = 5;
  controls[(4 + 1) * 6 + 4] = 3;
  Results results(program, controls, 2, 4);
  try {
    batch.run(pool, std::vector{&robot}, results.view);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0615");
    EXPECT_NE(std::string(error.what()).find("element 4"), std::string::npos) << "of the first row: " << error.what();
  }
  EXPECT_THROW(batch.run(pool, std::vector<const Environment*>{}, results.view), std::invalid_argument);
  EXPECT_THROW(batch.run(pool, std::vector(3, &robot), results.view), std::invalid_argument);
  results.view.steps = 3;
  EXPECT_THROW(batch.run(pool, std::vector{&robot}, results.view), std::invalid_argument);
}

TEST(RolloutBatch, AllocatesNothingOnceItHasItsRoom) {
  const auto model = model_of("hopper");
  const Program program = test::hopper();
  Environment robot = under_way(model, program, 1, 1, 3);
  const std::vector<const Environment*> robots{&robot};
  ThreadPool pool(3);
  RolloutBatch batch(model, program);
  Results results(program, waves(kSteps, kRows, 3), kSteps, kRows);
  batch.run(pool, robots, results.view);
  ASSERT_GT(test::allocations(), 0) << "the counter counts";
  const long before = test::allocations();
  for (int i = 0; i < 3; ++i) {
    robot.reset();
    batch.run(pool, robots, results.view);
  }
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace duet
