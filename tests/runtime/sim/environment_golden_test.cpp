// Environments of robots built by hand against the reference trajectories.

#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "tests/runtime/sim/environment_replay.h"

namespace duet {
namespace {

Program build(const std::string& robot, const test::Start& start) {
  if (robot == "hopper") return test::hopper(start);
  return robot == "half_cheetah" ? test::half_cheetah(start) : test::inverted_double_pendulum(start);
}

class EnvironmentGolden : public testing::TestWithParam<test::Twin> {
 protected:
  void replay(const std::string& set) {
    const std::string robot = GetParam().robot;
    test::replay_environment(robot, std::string(GetParam().reference) + "/" + set, Model::load(test::robot_file(robot)),
                             [&](const test::Start& start) { return build(robot, start); });
  }
};

TEST_P(EnvironmentGolden, MainSet) {
  replay("v4");
}
TEST_P(EnvironmentGolden, ActionsOutsideTheirRange) {
  replay("v4_clip");
}
TEST_P(EnvironmentGolden, BeyondTermination) {
  replay("v4_through");
}

// All twins but the first, the pendulum with one pole, whose script holds nothing that the others' do not.
INSTANTIATE_TEST_SUITE_P(Robots, EnvironmentGolden, testing::ValuesIn(test::kTwins + 1, std::end(test::kTwins)),
                         [](const auto& info) { return test::twin_name(info.param); });

}  // namespace
}  // namespace duet
