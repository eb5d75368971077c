// What the bundled robots' scripts tell planners, held against reference trajectories, and where episodes of those
// begin that refuse some starts. `duet verify` replays them all (tests/compiler/driver/verify_golden_test.cpp).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/npy.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/model.h"
#include "tests/compiler/elaborate/script.h"
#include "tests/runtime/sim/golden.h"

namespace duet {
namespace {

class Robots : public testing::TestWithParam<test::ScriptTwin> {};

/// Observations of a recording and whether the simulator's own termination held at each.
struct Ends {
  std::vector<float> obs;  ///< [row, size]
  std::vector<bool> ended;
};

/// The first `size` elements of at most `most` recorded observations. Not every step has its observation recorded.
Ends read_ends(const std::string& folder, std::size_t size, std::size_t most) {
  const auto obs = read_npy_reals(folder + "/obs.npy");
  const auto place = read_npy_integers(folder + "/obs_row.npy");  // of a row: trajectory, and step from 1
  const auto offset = read_npy_integers(folder + "/offset.npy");  // of a trajectory: its first step in `terminated`
  const auto terminated = read_npy_integers(folder + "/terminated.npy");
  Ends ends;
  for (std::size_t row = 0; row < std::min(most, obs.rows()); ++row) {
    const auto seen = obs.row(row).first(size);
    ends.obs.insert(ends.obs.end(), seen.begin(), seen.end());
    const int64_t first = offset.values.at(static_cast<std::size_t>(place.row(row)[0]));
    ends.ended.push_back(terminated.values.at(static_cast<std::size_t>(first + place.row(row)[1] - 1)) != 0);
  }
  return ends;
}

/// What planners know of a fall agrees with what the simulator's own termination says, wherever the observation of the
/// next state decides it. The double pendulum's simulator sees the tip at the last stage of its integrator, a moment
/// before the final state: there the two may differ for a step in which the tip crosses the line.
TEST_P(Robots, FallenIsWhatEndsAnEpisode) {
  DUET_NEEDS_GOLDEN();
  const auto& [robot, reference, version] = GetParam();
  const std::string folder = test::golden(std::string(reference) + "/" + version + "_through");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no set that goes on past the end";
  test::Script script(robot);
  const int64_t size = script.program().robot.obs, nu = script.program().robot.action;
  const Ends recorded = read_ends(folder, static_cast<std::size_t>(size), 2000);
  const auto rows = static_cast<int64_t>(recorded.ended.size());
  script.set("after", {{"batch", rows}, {"obs", size}}, recorded.obs);
  script.set("u", {{"action", nu}}, std::vector<float>(static_cast<std::size_t>(nu)));
  const auto fallen = script.elements("robot.fallen(after, u, after) + 0 * after[0]");
  ASSERT_EQ(fallen.size(), recorded.ended.size());
  int64_t different = 0;
  for (std::size_t i = 0; i < fallen.size(); ++i) different += (fallen[i] != 0) != recorded.ended[i];
  const bool late = std::string(robot).starts_with("inverted_double_pendulum");
  EXPECT_LE(different, late ? rows / 50 : 0);
  EXPECT_TRUE(std::count(recorded.ended.begin(), recorded.ended.end(), true)) << "some steps are past the end";
}

/// Lowest and highest value of each number over many starts of a robot.
struct Spread {
  std::vector<double> low, high;

  void add(std::span<const double> values) {
    if (low.empty()) low = high = {values.begin(), values.end()};
    for (std::size_t i = 0; i < values.size(); ++i) {
      low[i] = std::min(low[i], values[i]);
      high[i] = std::max(high[i], values[i]);
    }
  }
  /// Number `i` has been drawn from all of low..high: within it, and within a twentieth of it from both ends.
  void expect_fills(std::size_t i, double from, double to) const {
    const double margin = (to - from) / 20;
    EXPECT_TRUE(low[i] >= from && low[i] < from + margin) << i << " begins at " << low[i];
    EXPECT_TRUE(high[i] <= to && high[i] > to - margin) << i << " ends at " << high[i];
  }
  void expect_constant(std::size_t i, double value) const {
    EXPECT_EQ(low[i], value) << i;
    EXPECT_EQ(high[i], value) << i;
  }
};

constexpr int kStarts = 1000;

TEST(RobotStarts, ReachersTargetLiesInADisc) {
  test::Script script("reacher");
  const Program& program = script.program();
  Environment environment(Model::load(program.robot.mjcf), program, 1, 1);
  Spread qpos, qvel;
  for (int start = 0; start < kStarts; ++start) {
    environment.reset();
    const Simulator& simulator = environment.simulator();
    EXPECT_LT(std::hypot(simulator.qpos()[2], simulator.qpos()[3]), 0.2);
    qpos.add(simulator.qpos());
    qvel.add(simulator.qvel());
  }
  for (const std::size_t joint : {0, 1}) {
    qpos.expect_fills(joint, -0.1, 0.1);
    qpos.expect_fills(2 + joint, -0.2, 0.2);
    qvel.expect_fills(joint, -0.005, 0.005);
    qvel.expect_constant(2 + joint, 0);
  }
}

TEST(RobotStarts, PushersObjectLiesAwayFromTheGoal) {
  test::Script script("pusher_v5");
  const Program& program = script.program();
  Environment environment(Model::load(program.robot.mjcf), program, 1, 1);
  Spread qpos, qvel;
  for (int start = 0; start < kStarts; ++start) {
    environment.reset();
    const Simulator& simulator = environment.simulator();
    EXPECT_GT(std::hypot(simulator.qpos()[7], simulator.qpos()[8]), 0.17);
    qpos.add(simulator.qpos());
    qvel.add(simulator.qvel());
  }
  for (std::size_t joint = 0; joint < 7; ++joint) {
    qpos.expect_constant(joint, 0);
    qvel.expect_fills(joint, -0.005, 0.005);
  }
  qpos.expect_fills(7, -0.3, 0);
  qpos.expect_fills(8, -0.2, 0.2);
  for (std::size_t slide = 7; slide < 11; ++slide) {
    qvel.expect_constant(slide, 0);
    if (slide > 8) qpos.expect_constant(slide, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Bundled, Robots, testing::ValuesIn(test::kScriptTwins),
                         [](const auto& test) { return std::string(test.param.robot); });

}  // namespace
}  // namespace duet
