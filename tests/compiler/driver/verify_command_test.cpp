// duet verify: exit codes, table, JSON, several recordings, facts. What is compared is tested in tests/runtime/sim.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/driver/recorded_sets.h"
#include "tests/compiler/driver/process.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/runtime/sim/recorded.h"

namespace duet {
namespace {

using test::duet;
using test::Outcome;
using Json = nlohmann::json;

test::RecordingFiles hopper_files(const std::string& env) {
  const Program program = test::hopper();
  Environment environment(Model::load(DUET_ROOT "/robots/hopper.xml"), program, 1, 1);
  return test::record(environment, program.robot, {.env = env});
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class VerifyCommand : public testing::Test {
 protected:
  std::string folder(const std::string& name) const { return (scratch_.path() / name).string(); }
  Outcome verify(const std::string& against, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"verify", "hopper", "--against", against};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments);
  }

  test::Scratch scratch_;
};

TEST_F(VerifyCommand, ARecordingThatAgreesIsATableAndCodeZero) {
  hopper_files("Hopper-v4").write(folder("v4"));
  const Outcome outcome = verify(folder("v4"));
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(contains(outcome.out, "3       66")) << "trajectories and steps\n" << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "OK\n")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "model: not compared")) << outcome.out;
  EXPECT_EQ(verify(folder("v4"), {"--from-checkpoints"}).code, 0);
}

TEST_F(VerifyCommand, ADifferenceIsNamedAndCodeOne) {
  test::RecordingFiles files = hopper_files("Hopper-v4");
  files["obs"].values[files.row("obs_row", 1, 4) * 11 + 2] += 0.5;
  files.arrays.erase("warm0");
  files.write(folder("v4"));
  const Outcome outcome = verify(folder("v4"));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.out, "differs first in obs, trajectory 1, step 4, element 2:\n")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "difference 0.5\n")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "not recorded, so not compared: warm0.npy")) << outcome.out;
  EXPECT_EQ(verify(folder("v4"), {"--tolerance", "0.6"}).code, 0);
}

TEST_F(VerifyCommand, JsonHoldsEverything) {
  test::RecordingFiles files = hopper_files("Hopper-v4");
  files["reward"].values[30] += 2;
  files.write(folder("v4"));
  const Outcome outcome = verify(folder("v4"), {"--json"});
  EXPECT_EQ(outcome.code, 1);
  const Json json = Json::parse(outcome.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << outcome.out;
  EXPECT_EQ(json["robot"], "hopper");
  EXPECT_EQ(json["agrees"], false);
  const Json& recording = json["recordings"][0];
  EXPECT_EQ(recording["first"]["array"], "reward");
  EXPECT_EQ(recording["first"]["trajectory"], 1);
  EXPECT_EQ(recording["first"]["step"], 6);
  EXPECT_EQ(recording["arrays"].size(), 9u);
}

TEST_F(VerifyCommand, OfSeveralRecordingsThoseOfTheRobotAreTaken) {
  hopper_files("Hopper-v4").write(folder("Hopper/v4"));
  hopper_files("Hopper-v4").write(folder("Hopper/v4_clip"));
  hopper_files("Hopper-v5").write(folder("Hopper/v5"));
  Outcome outcome = verify(folder("."));
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "Hopper/v4_clip")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "skipped Hopper/v5: it is of Hopper-v5")) << outcome.out;
  outcome = duet({"verify", "half_cheetah", "--against", folder("Hopper")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "E0722")) << outcome.err;
}

TEST_F(VerifyCommand, WithoutTheRobotsNameSizesDecide) {
  hopper_files("Jumper-v1").write(folder("a/v1"));
  test::RecordingFiles other = hopper_files("Jumper-v2");
  other.meta["dt"] = 0.01;
  other.write(folder("a/v2"));
  const Outcome outcome = verify(folder("a"));
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "skipped v2: dt is 0.01 s, the robot's is 0.008 s")) << outcome.out;
}

TEST_F(VerifyCommand, FactsBesideTheRecordingAreCompared) {
  hopper_files("Hopper-v4").write(folder("Hopper/v4"));
  const Json facts = {
      {"env", "Hopper-v4"}, {"mjmodel", {{"nq", 6}}}, {"option", {{"iterations", 7}}}, {"statistic", Json::object()}};
  std::filesystem::create_directories(folder("facts"));
  scratch_.write("facts/Hopper-v4.json", facts.dump());
  const Outcome outcome = verify(folder("Hopper/v4/"));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.out, "1 differ\n  iterations[0]: 100.0, the reference has 7.0")) << outcome.out;
  const std::filesystem::path other =
      scratch_.write("other.json", R"({"mjmodel": {"nq": 6}, "option": {}, "statistic": {}})");
  EXPECT_EQ(verify(folder("Hopper/v4"), {"--facts", other.string()}).code, 0) << "the file that is given is taken";
}

TEST_F(VerifyCommand, WhatCannotBeUsedIsAnError) {
  EXPECT_EQ(duet({"verify", "hopper"}).code, 2);
  EXPECT_EQ(verify(folder("v4"), {"--tolerance", "-1"}).code, 2);
  EXPECT_TRUE(contains(verify(folder("absent")).err, "E0721"));
  hopper_files("Hopper-v4").write(folder("v4"));
  scratch_.write("v4/obs.npy", "no array");
  const Outcome outcome = verify(folder("v4"), {"--diagnostics", "json"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "\"E0720\"")) << outcome.err;
}

TEST(RobotNames, FollowFromEnvironments) {
  EXPECT_EQ(robot_name_of("InvertedDoublePendulum-v4"), "inverted_double_pendulum");
  EXPECT_EQ(robot_name_of("InvertedDoublePendulum-v5"), "inverted_double_pendulum_v5");
  EXPECT_EQ(robot_name_of("Walker2d-v4"), "walker2d");
  EXPECT_EQ(robot_name_of("Ant"), "ant");
  EXPECT_EQ(robot_name_of(""), "");
}

}  // namespace
}  // namespace duet
