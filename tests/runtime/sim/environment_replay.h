#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sim/environment.h"
#include "tests/runtime/sim/golden.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/support/npy.h"

// An Environment against the reference trajectories. The physics is equal bit for bit (replay_test.cpp), so
// observations are too; rewards are summed in another order than the reference's: 1e-12.

namespace duet::test {

// The reference's vectorised sine and cosine may be up to 4 units of the last digit (1.1e-16 below 1) from the truth.
inline constexpr double kSineTolerance = 5e-16;

/// The elements of a robot's observation that went through a sine or cosine: from, to.
inline std::pair<std::size_t, std::size_t> sines_of(const std::string& robot) {
  if (robot.starts_with("inverted_double_pendulum")) return {1, 5};
  if (robot.starts_with("reacher")) return {0, 4};
  return {0, 0};
}

/// How much of the reference's observation a robot sees: all, or what the truncated humanoid leaves.
inline std::size_t observed(const std::string& robot, std::size_t all) {
  return robot == "humanoid_truncated" ? 45 : all;
}

/// The two are equal, but for elements that went through a sine or cosine.
inline void expect_observation(const std::string& robot, std::span<const double> ours, const double* theirs) {
  const auto [from, to] = sines_of(robot);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool rounded = i >= from && i < to;
    ASSERT_LE(std::abs(ours[i] - theirs[i]), rounded ? kSineTolerance : 0.0) << "element " << i;
  }
}

/// A set of reference trajectories, step by step. Not every step has its observation recorded.
struct RecordedSet {
  explicit RecordedSet(const std::string& folder)
      : actions(read_npy<double>(folder + "/actions.npy")),
        qpos(read_npy<double>(folder + "/qpos_set.npy")),
        qvel(read_npy<double>(folder + "/qvel0.npy")),
        obs0(read_npy<double>(folder + "/obs0.npy")),
        obs(read_npy<double>(folder + "/obs.npy")),
        reward(read_npy<double>(folder + "/reward.npy")),
        offset(read_npy<int64_t>(folder + "/offset.npy")),
        terminated(read_npy<uint8_t>(folder + "/terminated.npy")) {
    const auto rows = read_npy<int32_t>(folder + "/obs_row.npy");
    for (std::size_t i = 0; i < rows.shape[0]; ++i) seen[offset.data[rows.row(i)[0]] + rows.row(i)[1] - 1] = i;
  }

  Npy<double> actions, qpos, qvel, obs0, obs, reward;
  Npy<int64_t> offset;
  Npy<uint8_t> terminated;
  std::map<int64_t, std::size_t> seen;  ///< Row of `reward` to row of `obs`.
};

/// Replays a set of reference trajectories, such as "Ant/v4_clip", on the program that `build` gives for each start.
/// Skips the test if the reference has no such set.
inline void replay_environment(const std::string& robot, const std::string& set,
                               const std::shared_ptr<const Model>& model,
                               const std::function<Program(const Start&)>& build) {
  DUET_NEEDS_GOLDEN();
  const std::string folder = golden(set);
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the reference has no set " << set;
  const RecordedSet recorded(folder);
  const std::size_t nu = recorded.actions.shape[2];
  for (std::size_t t = 0; t < recorded.qpos.shape[0]; ++t) {
    const auto copy = [t](const Npy<double>& rows) {
      return std::vector<double>(rows.row(t), rows.row(t) + rows.stride());
    };
    Program program = build({copy(recorded.qpos), copy(recorded.qvel)});
    program.robot.limit = 0;  // the trajectories are not cut off by the limit of an episode
    Environment environment(model, program, 1, 1);
    environment.reset();
    expect_observation(robot, environment.observation(), recorded.obs0.row(t));
    const int64_t first = recorded.offset.data[t];
    for (int64_t row = first; row < recorded.offset.data[t + 1] && !testing::Test::HasFailure(); ++row) {
      SCOPED_TRACE("trajectory " + std::to_string(t) + ", row " + std::to_string(row));
      const Environment::Outcome outcome =
          environment.step({recorded.actions.row(t) + static_cast<std::size_t>(row - first) * nu, nu});
      if (const auto at = recorded.seen.find(row); at != recorded.seen.end())
        expect_observation(robot, environment.observation(), recorded.obs.row(at->second));
      const double reward = recorded.reward.data[static_cast<std::size_t>(row)];
      EXPECT_NEAR(outcome.reward, reward, 1e-12 * std::max(1.0, std::abs(reward)));
      EXPECT_EQ(outcome.done, recorded.terminated.data[static_cast<std::size_t>(row)] != 0);
      EXPECT_FALSE(outcome.truncated);
    }
  }
}

}  // namespace duet::test
