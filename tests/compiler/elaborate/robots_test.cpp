// What the bundled robots' scripts tell planners, held against reference trajectories. `duet verify` replays them all
// (tests/compiler/driver/verify_golden_test.cpp).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "runtime/data/npy.h"
#include "tests/compiler/elaborate/script.h"
#include "tests/runtime/sim/golden.h"

namespace duet {
namespace {

class Robots : public testing::TestWithParam<test::Twin> {};

/// What planners know of a fall agrees with what the simulator's own termination says, wherever the observation of the
/// next state decides it. The double pendulum's simulator sees the tip at the last stage of its integrator, a moment
/// before the final state: there the two may differ for a step in which the tip crosses the line.
TEST_P(Robots, FallenIsWhatEndsAnEpisode) {
  DUET_NEEDS_GOLDEN();
  test::Script script(GetParam().robot);
  const std::string folder = test::golden(std::string(GetParam().reference) + "/v4_through");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no set that goes on past the end";
  const auto obs = read_npy_reals(folder + "/obs.npy");
  const auto terminated = read_npy_integers(folder + "/terminated.npy");
  const auto rows = static_cast<int64_t>(std::min<size_t>(obs.rows(), 2000)),
             size = static_cast<int64_t>(obs.row_size());
  script.set("after", {{"batch", rows}, {"obs", size}},
             std::vector<float>(obs.values.begin(), obs.values.begin() + rows * size));
  const int64_t nu = script.program().robot.action;
  script.set("u", {{"action", nu}}, std::vector<float>(static_cast<size_t>(nu)));
  const auto fallen = script.elements("robot.fallen(after, u, after) + 0 * after[0]");
  ASSERT_EQ(fallen.size(), static_cast<size_t>(rows));
  int64_t different = 0, ends = 0;
  for (int64_t i = 0; i < rows; ++i) {
    different += (fallen[static_cast<size_t>(i)] != 0) != (terminated.values[static_cast<size_t>(i)] != 0);
    ends += terminated.values[static_cast<size_t>(i)];
  }
  EXPECT_LE(different, GetParam().robot == std::string("inverted_double_pendulum") ? rows / 50 : 0) << ends << " ends";
}

INSTANTIATE_TEST_SUITE_P(Bundled, Robots, testing::ValuesIn(test::kTwins),
                         [](const auto& test) { return test::twin_name(test.param); });

}  // namespace
}  // namespace duet
