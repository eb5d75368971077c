// The bundled robots' scripts against the reference trajectories: observation, reward and end of every step.

#include <gtest/gtest.h>

#include <string>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/graph/verify.h"
#include "tests/compiler/elaborate/script.h"
#include "tests/runtime/sim/environment_replay.h"

namespace duet {
namespace {

class Robots : public testing::TestWithParam<test::Twin> {
 protected:
  Program load() {
    const RobotChoice choice = test::choose_robot(sources_, library_, GetParam().robot, diagnostics_);
    if (!choice.item) {
      ADD_FAILURE() << render_text(diagnostics_, sources_);
      return {};
    }
    Elaboration made = elaborate_robot(sources_, library_, choice, {}, diagnostics_);
    EXPECT_TRUE(diagnostics_.empty()) << render_text(diagnostics_, sources_);
    EXPECT_EQ(verify(made.program, {.sizes_known = true}), std::vector<std::string>{});
    return std::move(made.program);
  }
  void replay(const std::string& set) {
    DUET_NEEDS_GOLDEN();
    const Program program = load();
    if (HasFailure()) return;
    test::replay_environment(GetParam(), set,
                             [&](const test::Start& start) { return test::with_start(program, start); });
  }

  SourceMap sources_;
  Diagnostics diagnostics_;
  Library library_{sources_, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"}};
};

TEST_P(Robots, FollowTheReference) {
  replay("v4");
}
TEST_P(Robots, FollowTheReferenceWhereTheMotorsClip) {
  replay("v4_clip");
}
TEST_P(Robots, FollowTheReferencePastTheEndOfAnEpisode) {
  replay("v4_through");
}

/// What planners know of a fall agrees with what the simulator's own termination says, wherever the observation of the
/// next state decides it. The double pendulum's simulator sees the tip at the last stage of its integrator, a moment
/// before the final state: there the two may differ for a step in which the tip crosses the line.
TEST_P(Robots, FallenIsWhatEndsAnEpisode) {
  DUET_NEEDS_GOLDEN();
  test::Script script(GetParam().robot);
  const std::string folder = test::golden(std::string(GetParam().reference) + "/v4_through");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no set that goes on past the end";
  const auto obs = test::read_npy<double>(folder + "/obs.npy");
  const auto terminated = test::read_npy<uint8_t>(folder + "/terminated.npy");
  const auto rows = static_cast<int64_t>(std::min<size_t>(obs.shape[0], 2000)), size = static_cast<int64_t>(obs.stride());
  script.set("after", {{"batch", rows}, {"obs", size}},
             std::vector<float>(obs.data.begin(), obs.data.begin() + rows * size));
  const int64_t nu = script.program().robot.action;
  script.set("u", {{"action", nu}}, std::vector<float>(static_cast<size_t>(nu)));
  const auto fallen = script.elements("robot.fallen(after, u, after) + 0 * after[0]");
  ASSERT_EQ(fallen.size(), static_cast<size_t>(rows));
  int64_t different = 0, ends = 0;
  for (int64_t i = 0; i < rows; ++i) {
    different += (fallen[static_cast<size_t>(i)] != 0) != (terminated.data[static_cast<size_t>(i)] != 0);
    ends += terminated.data[static_cast<size_t>(i)];
  }
  EXPECT_LE(different, GetParam().robot == std::string("inverted_double_pendulum") ? rows / 50 : 0) << ends << " ends";
}

INSTANTIATE_TEST_SUITE_P(Bundled, Robots, testing::ValuesIn(test::kTwins),
                         [](const auto& test) { return test::twin_name(test.param); });

}  // namespace
}  // namespace duet
