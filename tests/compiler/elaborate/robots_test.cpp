// The bundled robots' scripts against the reference trajectories: observation, reward and end of every step.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/graph/verify.h"
#include "tests/compiler/elaborate/script.h"
#include "tests/runtime/sim/environment_replay.h"

namespace duet {
namespace {

class Robots : public testing::TestWithParam<test::ScriptTwin> {
 protected:
  Program load(const RobotChoice& choice) {
    if (!choice.item) {
      ADD_FAILURE() << render_text(diagnostics_, sources_);
      return {};
    }
    Elaboration made = elaborate_robot(sources_, library_, choice, diagnostics_);
    EXPECT_TRUE(diagnostics_.empty()) << render_text(diagnostics_, sources_);
    EXPECT_EQ(verify(made.program, {.sizes_known = true}), std::vector<std::string>{});
    return std::move(made.program);
  }
  void replay(const std::string& set) {
    DUET_NEEDS_GOLDEN();
    const RobotChoice choice = test::choose_robot(library_, GetParam().robot, diagnostics_);
    const Program program = load(choice);
    if (HasFailure()) return;
    test::replay_environment(GetParam().robot, folder(set), Model::load(choice.mjcf),
                             [&](const test::Start& start) { return test::with_start(program, start); });
  }
  /// "through" gives "Ant/v5_through"; nothing gives the main set.
  static std::string folder(const std::string& set) {
    return std::string(GetParam().reference) + "/" + GetParam().version + (set.empty() ? "" : "_" + set);
  }

  SourceMap sources_;
  Diagnostics diagnostics_;
  Library library_{sources_, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"}};
};

TEST_P(Robots, FollowTheReference) {
  replay("");
}
TEST_P(Robots, FollowTheReferenceWhereTheMotorsClip) {
  replay("clip");
}
TEST_P(Robots, FollowTheReferencePastTheEndOfAnEpisode) {
  replay("through");
}
TEST_P(Robots, FollowTheReferenceWherePushed) {
  replay("push");
}

/// What planners know of a fall agrees with what the simulator's own termination says, wherever the observation of the
/// next state decides it. The double pendulum's simulator sees the tip at the last stage of its integrator, a moment
/// before the final state: there the two may differ for a step in which the tip crosses the line.
TEST_P(Robots, FallenIsWhatEndsAnEpisode) {
  DUET_NEEDS_GOLDEN();
  if (!std::filesystem::exists(test::golden(folder("through")))) GTEST_SKIP() << "no set that goes on past the end";
  const test::RecordedSet recorded(test::golden(folder("through")));
  test::Script script(GetParam().robot);
  std::vector<float> obs;
  std::vector<bool> ended;
  const int64_t size = static_cast<int64_t>(test::observed(GetParam().robot, recorded.obs.stride()));
  for (const auto& [row, at] : recorded.seen) {
    if (ended.size() == 2000) break;
    obs.insert(obs.end(), recorded.obs.row(at), recorded.obs.row(at) + size);
    ended.push_back(recorded.terminated.data[static_cast<size_t>(row)] != 0);
  }
  const auto rows = static_cast<int64_t>(ended.size());
  script.set("after", {{"batch", rows}, {"obs", size}}, obs);
  const int64_t nu = script.program().robot.action;
  script.set("u", {{"action", nu}}, std::vector<float>(static_cast<size_t>(nu)));
  const auto fallen = script.elements("robot.fallen(after, u, after) + 0 * after[0]");
  ASSERT_EQ(fallen.size(), ended.size());
  int64_t different = 0;
  for (size_t i = 0; i < ended.size(); ++i) different += (fallen[i] != 0) != ended[i];
  const bool lags = std::string(GetParam().robot).starts_with("inverted_double_pendulum");
  EXPECT_LE(different, lags ? rows / 50 : 0) << std::count(ended.begin(), ended.end(), true) << " ends";
}

INSTANTIATE_TEST_SUITE_P(Bundled, Robots, testing::ValuesIn(test::kScriptTwins),
                         [](const auto& test) { return std::string(test.param.robot); });

}  // namespace
}  // namespace duet
