#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
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

/// The two are equal, but for elements of the double pendulum that went through a sine or cosine.
inline void expect_observation(const Twin& twin, std::span<const double> ours, const double* theirs) {
  const bool has_sines = std::string(twin.robot) == "inverted_double_pendulum";
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool rounded = has_sines && i >= 1 && i < 5;
    ASSERT_LE(std::abs(ours[i] - theirs[i]), rounded ? kSineTolerance : 0.0) << "element " << i;
  }
}

/// Replays a set of reference trajectories on the program that `build` gives for each start.
inline void replay_environment(const Twin& twin, const std::string& set,
                               const std::function<Program(const Start&)>& build) {
  DUET_NEEDS_GOLDEN();
  const std::string folder = golden(std::string(twin.reference) + "/" + set);
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the reference has no set " << set << " of this robot";
  const auto actions = read_npy<double>(folder + "/actions.npy"), qpos = read_npy<double>(folder + "/qpos_set.npy"),
             qvel = read_npy<double>(folder + "/qvel0.npy"), obs0 = read_npy<double>(folder + "/obs0.npy"),
             obs = read_npy<double>(folder + "/obs.npy"), reward = read_npy<double>(folder + "/reward.npy");
  const auto offset = read_npy<int64_t>(folder + "/offset.npy");
  const auto terminated = read_npy<uint8_t>(folder + "/terminated.npy");
  const auto model = Model::load(robot_file(twin.robot));
  ASSERT_EQ(obs.shape[0], reward.shape[0]) << "these robots' references have every observation";
  const std::size_t nu = actions.shape[2];
  for (std::size_t t = 0; t < qpos.shape[0]; ++t) {
    const auto copy = [t](const Npy<double>& rows) {
      return std::vector<double>(rows.row(t), rows.row(t) + rows.stride());
    };
    const Program program = build({copy(qpos), copy(qvel)});
    Environment environment(model, program, 1, 1);
    ASSERT_EQ(environment.reset().size(), obs0.stride());
    expect_observation(twin, environment.observation(), obs0.row(t));
    for (int64_t row = offset.data[t]; row < offset.data[t + 1] && !testing::Test::HasFailure(); ++row) {
      SCOPED_TRACE("trajectory " + std::to_string(t) + ", row " + std::to_string(row));
      const auto i = static_cast<std::size_t>(row);
      const Environment::Outcome outcome =
          environment.step({actions.row(t) + static_cast<std::size_t>(row - offset.data[t]) * nu, nu});
      expect_observation(twin, environment.observation(), obs.row(i));
      EXPECT_NEAR(outcome.reward, reward.data[i], 1e-12 * std::max(1.0, std::abs(reward.data[i])));
      EXPECT_EQ(outcome.done, terminated.data[i] != 0);
      EXPECT_FALSE(outcome.truncated);
    }
  }
}

}  // namespace duet::test
