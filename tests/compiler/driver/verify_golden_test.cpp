// Every bundled robot that has the name of a reference environment, held against all its reference trajectories and the
// numbers of its model by `duet verify`: observations, states and models bit for bit (sines by their last digits),
// rewards to 1e-12. A new robot or a new reference is found by its name.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "compiler/driver/recorded_sets.h"
#include "tests/compiler/driver/process.h"
#include "tests/runtime/sim/golden.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kEnvironments = 11;  ///< Of version 4; from this number on each reference needs its robot.

/// Robots with the folders of their recordings, from what lies in the reference: "hopper_v5" -> .../Hopper.
std::map<std::string, fs::path> references() {
  std::map<std::string, fs::path> found;
  if (!test::golden_present()) return found;
  for (const std::string& folder : find_recordings(DUET_GOLDEN_DIR))
    found[robot_name_of(read_recording_meta(folder).env)] = fs::path(folder).parent_path();
  return found;
}

bool has_robot(const std::string& name) {
  return fs::exists(fs::path(DUET_ROOT) / "robots" / (name + ".duet"));
}

std::size_t robots_of_version_4() {
  std::size_t count = 0;
  for (const auto& [robot, folder] : references()) count += !robot.ends_with("_v5") && has_robot(robot);
  return count;
}

std::vector<std::string> reference_names() {
  std::vector<std::string> names;
  for (const auto& [robot, folder] : references()) names.push_back(robot);
  return names;
}

class VerifyGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (has_robot(GetParam())) return;
    if (robots_of_version_4() >= kEnvironments) FAIL() << "the reference has " << GetParam() << ", robots/ has not";
    GTEST_SKIP() << "there is no robot " << GetParam() << " yet";
  }

  void verify(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"verify", GetParam(), "--json", "--against",
                                          references().at(GetParam()).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::Outcome outcome = test::duet(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    const Json json = Json::parse(outcome.out, nullptr, false);
    ASSERT_TRUE(json.is_object()) << outcome.out;
    EXPECT_EQ(json["models"].size(), 1u) << "the facts of the model have been found";
    EXPECT_GT(json["models"][0]["compared"], 200) << "155 arrays, some fifty sizes, and the options";
    EXPECT_GE(json["recordings"].size(), 2u) << "at least the main set and the one with clipped actions";
    for (const Json& recording : json["recordings"]) EXPECT_EQ(recording["not_recorded"], Json::array());
  }
};

TEST_P(VerifyGolden, AgreesWithEverySetFromItsStart) {
  verify({});
}
TEST_P(VerifyGolden, AgreesWithEverySetFromItsCheckpoints) {
  verify({"--from-checkpoints"});
}

INSTANTIATE_TEST_SUITE_P(Robots, VerifyGolden, testing::ValuesIn(reference_names()),
                         [](const auto& info) { return info.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VerifyGolden);

TEST(Golden, EveryModelHasRecordings) {
  DUET_NEEDS_GOLDEN();
  const std::map<std::string, fs::path> found = references();
  for (const auto& entry : fs::directory_iterator(test::golden("facts")))
    EXPECT_TRUE(found.contains(robot_name_of(entry.path().stem()))) << entry.path();
}

}  // namespace
}  // namespace duet
