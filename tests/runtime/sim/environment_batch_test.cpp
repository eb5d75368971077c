// Batches of environments against single ones: threads, ends of episodes, failures, saved states.

#include "runtime/sim/environment_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/random.h"
#include "tests/runtime/sim/hand_built.h"

namespace duet {
namespace {

constexpr std::size_t kCount = 13;  // no multiple of a number of threads
constexpr std::size_t kAction = 3;  // of the hopper

std::shared_ptr<const Model> hopper_model() {
  static const auto model = Model::load(std::string(DUET_ROOT) + "/robots/hopper.xml");
  return model;
}

/// It falls after 20 steps or so under the actions below: some episodes end by a fall, others by the limit.
Program hopper(int64_t limit = 20) {
  Program program = test::hopper();
  program.robot.limit = limit;
  return program;
}

EnvironmentBatch make(const Program& program, EpisodeEnd at_end, ThreadPool& pool, uint64_t seed = 5) {
  return {hopper_model(), program, kCount, seed, 9, at_end, pool};
}

/// The actions of all environments in a step, each another.
std::vector<double> actions_at(int step) {
  std::vector<double> actions(kCount * kAction);
  for (std::size_t i = 0; i < actions.size(); ++i) actions[i] = std::sin(0.7 * step + 1.3 * static_cast<double>(i));
  return actions;
}

template <class T>
void append(std::vector<double>& to, const T& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// Everything that can be seen of a batch.
std::vector<double> all_of(const EnvironmentBatch& batch) {
  std::vector<double> all;
  append(all, batch.observations());
  append(all, batch.final_observations());
  append(all, batch.rewards());
  append(all, batch.done());
  append(all, batch.truncated());
  append(all, batch.running());
  return all;
}

struct Trace {
  std::vector<double> numbers;
  int ends = 0, falls = 0;
};

/// 300 steps; every 50th, a third of the environments is reset by hand.
Trace trace(const Program& program, EpisodeEnd at_end, int threads) {
  ThreadPool pool(threads);
  EnvironmentBatch batch = make(program, at_end, pool);
  batch.reset();
  Trace trace{all_of(batch)};
  for (int step = 0; step < 300; ++step) {
    if (step % 50 == 49) {
      std::vector<uint8_t> which(kCount);
      for (std::size_t i = 0; i < kCount; ++i) which[i] = i % 3 == 1;
      batch.reset(which);
    }
    batch.step(actions_at(step));
    append(trace.numbers, all_of(batch));
    for (std::size_t i = 0; i < kCount; ++i) {
      trace.ends += batch.done()[i] || batch.truncated()[i];
      trace.falls += batch.done()[i];
    }
  }
  return trace;
}

TEST(EnvironmentBatch, NoNumberDependsOnTheThreads) {
  const Program program = hopper();
  for (const EpisodeEnd at_end : {EpisodeEnd::hold, EpisodeEnd::restart}) {
    const Trace one = trace(program, at_end, 1);
    EXPECT_GT(one.falls, 0) << "some episodes end by a fall";
    EXPECT_GT(one.ends, one.falls) << "others by the limit";
    for (const int threads : {2, 3, 7}) EXPECT_TRUE(trace(program, at_end, threads).numbers == one.numbers) << threads;
  }
}

TEST(EnvironmentBatch, EachIsAnEnvironmentOfItsOwnSite) {
  const Program program = hopper();
  ThreadPool pool(2);
  EnvironmentBatch batch = make(program, EpisodeEnd::restart, pool);
  batch.reset();
  std::vector<Environment> alone;
  for (std::size_t i = 0; i < kCount; ++i) {
    alone.emplace_back(hopper_model(), program, 5, derived_site(9, i));
    EXPECT_TRUE(std::ranges::equal(alone[i].reset(), batch.observation(i))) << i;
    EXPECT_EQ(std::ranges::equal(batch.observation(0), batch.observation(i)), i == 0) << i;
  }
  int restarts = 0;
  for (int step = 0; step < 150; ++step) {
    const std::vector<double> actions = actions_at(step);
    batch.step(actions);
    for (std::size_t i = 0; i < kCount; ++i) {
      const auto outcome = alone[i].step(std::span(actions).subspan(i * kAction, kAction));
      EXPECT_EQ(outcome.reward, batch.rewards()[i]);
      EXPECT_EQ(outcome.done, batch.done()[i] != 0);
      EXPECT_EQ(outcome.truncated, batch.truncated()[i] != 0);
      EXPECT_TRUE(batch.running()[i]);
      if (outcome.done || outcome.truncated) {
        EXPECT_TRUE(std::ranges::equal(alone[i].observation(), batch.final_observation(i))) << "the end is not lost";
        alone[i].reset();
        ++restarts;
      }
      EXPECT_TRUE(std::ranges::equal(alone[i].observation(), batch.observation(i))) << step << ", " << i;
    }
  }
  EXPECT_GT(restarts, 20);
}

TEST(EnvironmentBatch, HeldEnvironmentsStandStill) {
  const Program program = hopper(10);
  ThreadPool pool(2);
  EnvironmentBatch batch = make(program, EpisodeEnd::hold, pool);
  batch.reset();
  for (int step = 0; step < 10; ++step) {
    EXPECT_EQ(std::ranges::count(batch.running(), 1), static_cast<int>(kCount));
    batch.step(actions_at(step));
  }
  EXPECT_EQ(std::ranges::count(batch.running(), 0), static_cast<int>(kCount));
  const std::vector<double> ended(batch.observations().begin(), batch.observations().end());
  EXPECT_TRUE(std::ranges::equal(ended, batch.final_observations()));
  std::vector<uint8_t> which(kCount);
  which[4] = 1;
  batch.reset(which);
  batch.step(actions_at(10));
  for (std::size_t i = 0; i < kCount; ++i) {
    const bool again = i == 4;
    EXPECT_EQ(batch.running()[i] != 0, again);
    EXPECT_EQ(batch.truncated()[i] != 0, !again);
    EXPECT_EQ(batch.rewards()[i] != 0, again);
    const auto before = std::span(ended).subspan(i * 11, 11);
    EXPECT_EQ(std::ranges::equal(batch.observation(i), before), !again) << i;
  }
}

/// A hopper that cannot be rewarded for an action of 0.
Program fragile() {
  Program program = hopper(1000);
  test::RobotWriter w(program);
  w.begin();
  const ValueId action = w.input("action", {{"action", 3}});
  const ValueId reward = w.bin(Op::div, w.number(1), w.element(action, "action", 0));
  program.robot.reward = w.end({reward});
  return program;
}

TEST(EnvironmentBatch, AFailureIsThatOfTheFirstAndHoldsOnlyThoseThatFailed) {
  const Program program = fragile();
  std::vector<double> first_seen;
  for (const int threads : {1, 2, 7}) {
    ThreadPool pool(threads);
    EnvironmentBatch batch = make(program, EpisodeEnd::restart, pool);
    batch.reset();
    std::vector<double> actions(kCount * kAction, 0.5);
    actions[7 * kAction] = 0;     // plus infinity
    actions[3 * kAction] = -0.0;  // minus infinity
    actions[11 * kAction] = NAN;  // MuJoCo refuses it
    try {
      batch.step(actions);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0602");
      EXPECT_STREQ(error.what(), "the reward is minus infinite") << threads;
    }
    for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(batch.running()[i] == 0, i == 7 || i == 3 || i == 11) << i;
    batch.step(std::vector<double>(kCount * kAction, 0.25));
    EXPECT_EQ(batch.rewards()[0], 4);
    EXPECT_EQ(batch.rewards()[7], 0);
    batch.reset();
    batch.step(std::vector<double>(kCount * kAction, 0.25));
    EXPECT_EQ(batch.rewards()[7], 4);
    if (first_seen.empty()) first_seen = all_of(batch);
    EXPECT_TRUE(all_of(batch) == first_seen);
  }
}

TEST(EnvironmentBatch, GoesOnFromASavedStateBitForBit) {
  const Program program = hopper();
  for (const EpisodeEnd at_end : {EpisodeEnd::hold, EpisodeEnd::restart}) {
    ThreadPool two(2), three(3);
    EnvironmentBatch whole = make(program, at_end, two), other = make(program, at_end, three, 99);
    whole.reset();
    for (int step = 0; step < 37; ++step) whole.step(actions_at(step));
    // The seed belongs to the construction: only one of the same seed goes on through resets alike.
    EnvironmentBatch same = make(program, at_end, three);
    const std::vector<std::byte> saved = whole.save();
    same.restore(saved);
    other.restore(saved);
    EXPECT_TRUE(all_of(same) == all_of(whole));
    EXPECT_TRUE(same.save() == saved);
    for (int step = 37; step < 120; ++step) {
      whole.step(actions_at(step));
      same.step(actions_at(step));
      ASSERT_TRUE(all_of(same) == all_of(whole)) << step;
    }
    other.step(actions_at(37));
    whole.restore(saved);
    whole.step(actions_at(37));
    EXPECT_TRUE(std::ranges::equal(other.rewards(), whole.rewards()));
  }
}

TEST(EnvironmentBatch, RefusesStatesThatAreNotItsOwn) {
  const Program program = hopper();
  ThreadPool pool(1);
  EnvironmentBatch batch = make(program, EpisodeEnd::hold, pool);
  EnvironmentBatch fewer(hopper_model(), program, kCount - 1, 5, 9, EpisodeEnd::hold, pool);
  batch.reset();
  fewer.reset();
  std::vector<std::byte> longer = batch.save();
  longer.push_back({});
  const std::vector<std::byte> whole = batch.save();
  const auto expect_refused = [&](std::span<const std::byte> bytes) {
    try {
      batch.restore(bytes);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0610");
    }
  };
  expect_refused(fewer.save());
  expect_refused(longer);
  expect_refused(std::span(whole).first(whole.size() - 1));
  expect_refused(std::span(whole).first(100));
  expect_refused({});
  batch.restore(whole);
  EXPECT_TRUE(batch.save() == whole);
}

TEST(EnvironmentBatch, RefusesWrongSizesAndStepsBeforeTheFirstReset) {
  const Program program = hopper();
  ThreadPool pool(1);
  EnvironmentBatch batch = make(program, EpisodeEnd::hold, pool);
  EXPECT_THROW(batch.step(actions_at(0)), std::logic_error);
  batch.reset();
  EXPECT_THROW(batch.step(std::vector<double>(kCount)), std::invalid_argument);
  EXPECT_THROW(batch.reset(std::vector<uint8_t>(kCount + 1)), std::invalid_argument);
}

}  // namespace
}  // namespace duet
