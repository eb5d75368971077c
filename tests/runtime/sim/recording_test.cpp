// Recordings that are whole, that lack something, and that are broken.

#include "runtime/sim/recording.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "runtime/core/error.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/runtime/sim/recorded.h"
#include "tests/runtime/sim/temp_folder.h"

namespace duet {
namespace {

test::RecordingFiles hopper_files(const test::RecordingPlan& plan = {}) {
  const Program program = test::hopper();
  Environment environment(Model::load(DUET_ROOT "/robots/hopper.xml"), program, 1, 1);
  return test::record(environment, program.robot, plan);
}

class Recordings : public testing::Test {
 protected:
  Recording read(const test::RecordingFiles& files) {
    files.write(folder_.path());
    return read_recording(folder_.path());
  }

  /// Spoils a good recording and expects E0721 with these words.
  void expect_fault(const std::string& words, const std::function<void(test::RecordingFiles&)>& spoil) {
    test::RecordingFiles files = hopper_files();
    spoil(files);
    std::filesystem::remove_all(folder_.path());
    try {
      read(files);
      ADD_FAILURE() << "nothing was thrown; wanted: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0721") << error.what();
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what() << "\nwanted: " << words;
    }
  }

  test::TempFolder folder_;
};

TEST_F(Recordings, AWholeOneIsReadAsItWasWritten) {
  test::RecordingFiles files = hopper_files({.env = "Hopper-v4"});
  const Recording r = read(files);
  EXPECT_EQ(r.meta.env, "Hopper-v4");
  EXPECT_EQ(r.trajectories(), 3u);
  EXPECT_EQ(r.steps(), 25u + 22 + 19);
  EXPECT_EQ(r.length(2), 19u);
  EXPECT_TRUE(r.missing.empty());
  EXPECT_EQ(r.obs->values, files["obs"].values);
  EXPECT_EQ(r.check_rows.size(), 3u + 3 + 2) << "steps 10, 20 and the last one";
  EXPECT_EQ(r.check_rows[3].trajectory, 1u);
  EXPECT_EQ(r.check_rows[3].step, 10u);
  EXPECT_EQ(r.action(1, 22)[2], files["actions"].values[(25 + 21) * 3 + 2]);
}

TEST_F(Recordings, RowsMayComeInAnyOrder) {
  test::RecordingFiles files = hopper_files();
  std::swap_ranges(files["obs_row"].values.begin(), files["obs_row"].values.begin() + 2,
                   files["obs_row"].values.begin() + 60);
  const Recording r = read(files);
  EXPECT_EQ(r.obs_rows[0].step, 1u);
  EXPECT_EQ(r.obs_rows[0].row, 30u);
}

TEST_F(Recordings, WithoutObsRowAllStepsAreThere) {
  test::RecordingFiles files = hopper_files();
  files.arrays.erase("obs_row");
  const Recording r = read(files);
  ASSERT_EQ(r.obs_rows.size(), r.steps());
  EXPECT_EQ(r.obs_rows[25].trajectory, 1u);
  EXPECT_EQ(r.obs_rows[25].step, 1u);
  expect_fault("obs.npy: its shape is (9, 11), but the rest of the recording asks for (66, 11)", [](auto& spoiled) {
    spoiled = hopper_files({.obs_every = 10, .check_every = 5});
    spoiled.arrays.erase("obs_row");
    spoiled["obs"].shape[0] = 9;
    spoiled["obs"].values.resize(99);
  });
}

TEST_F(Recordings, WhatIsNotNeededMayBeMissingAndIsNamed) {
  test::RecordingFiles files = hopper_files();
  for (const char* name : {"warm0", "check_row", "terminated"}) files.arrays.erase(name);
  for (const char* key : {"env", "frame_skip", "dt", "ntraj", "lengths"}) files.meta.erase(key);
  const Recording r = read(files);
  EXPECT_EQ(r.missing, (std::vector<std::string>{"warm0.npy", "terminated.npy", "check_row.npy"}));
  EXPECT_FALSE(r.warm0);
  EXPECT_TRUE(r.check_rows.empty());
  EXPECT_EQ(r.meta.env, "");
  EXPECT_FALSE(r.meta.frames);
}

TEST_F(Recordings, WhatIsNeededMustBeThere) {
  for (const char* name : {"actions", "offset", "qpos_set", "qvel0"})
    expect_fault(std::string(name) + ".npy is missing", [&](auto& files) { files.arrays.erase(name); });
  for (const char* key : {"nq", "nv", "nu", "obs_dim"})
    expect_fault("`" + std::string(key) + "` is missing", [&](auto& files) { files.meta.erase(key); });
  expect_fault("nothing that a robot could be compared with", [](auto& files) {
    for (const char* name : {"qpos0", "warm0", "obs0", "obs", "reward", "terminated", "check_row"})
      files.arrays.erase(name);
  });
}

TEST_F(Recordings, ShapesMustFitEachOther) {
  const auto reshape = [](const char* name, std::vector<std::size_t> shape) {
    return [=](test::RecordingFiles& files) {
      std::size_t count = 1;
      for (const std::size_t size : shape) count *= size;
      files[name].shape = shape;
      files[name].values.resize(count);
    };
  };
  expect_fault("qpos_set.npy: its shape is (3, 5), but the rest of the recording asks for (any, 6)",
               reshape("qpos_set", {3, 5}));
  expect_fault("qvel0.npy: its shape is (2, 6)", reshape("qvel0", {2, 6}));
  expect_fault("actions.npy: its shape is (3, 25)", reshape("actions", {3, 25}));
  expect_fault("actions.npy: its shape is (3, 25, 2)", reshape("actions", {3, 25, 2}));
  expect_fault("actions.npy: 24 steps, but by offset.npy trajectory 0 has 25", reshape("actions", {3, 24, 3}));
  expect_fault("reward.npy: its shape is (65,), but the rest of the recording asks for (66,)", reshape("reward", {65}));
  expect_fault("terminated.npy", reshape("terminated", {66, 1}));
  expect_fault("obs.npy: its shape is (66, 10)", reshape("obs", {66, 10}));
  expect_fault("obs_row.npy: its shape is (66, 3)", reshape("obs_row", {66, 3}));
  expect_fault("check_warm.npy: its shape is (7, 6)", reshape("check_warm", {7, 6}));
  expect_fault("offset.npy: its shape is (3,)", reshape("offset", {3}));
}

TEST_F(Recordings, ContentsMustFitEachOther) {
  expect_fault("offset.npy: it begins with 1", [](auto& files) { files["offset"].values[0] = 1; });
  expect_fault("offset.npy: it decreases", [](auto& files) { files["offset"].values[1] = 60; });
  expect_fault("the lengths of the trajectories are not those of meta.json", [](auto& files) {
    files.meta["lengths"] = {25, 21, 20};
  });
  expect_fault("3 trajectories, but meta.json says 4", [](auto& files) { files.meta["ntraj"] = 4; });
  expect_fault("obs_row.npy: row 24 names step 26 of trajectory 0",
               [](auto& files) { files["obs_row"].values[49] = 26; });
  expect_fault("check_row.npy: row 0 names step 10 of trajectory 3",
               [](auto& files) { files["check_row"].values[0] = 3; });
  expect_fault("check_row.npy: row 0 names step 0", [](auto& files) { files["check_row"].values[1] = 0; });
  expect_fault("terminated.npy: it holds 2", [](auto& files) { files["terminated"].values[5] = 2; });
}

TEST_F(Recordings, MetaMustBeAnObjectWithNumbers) {
  expect_fault("`nq` is not a whole number", [](auto& files) { files.meta["nq"] = 6.5; });
  expect_fault("`nq` is negative", [](auto& files) { files.meta["nq"] = -6; });
  expect_fault("`dt` is not a number", [](auto& files) { files.meta["dt"] = "fast"; });
  expect_fault("`env` is of a wrong kind", [](auto& files) { files.meta["env"] = 4; });
  expect_fault("it is not a JSON object", [](auto& files) { files.meta = {1, 2}; });
}

TEST_F(Recordings, AnArrayThatCannotBeReadIsNamed) {
  hopper_files().write(folder_.path());
  const std::string path = folder_.path() + "/reward.npy";
  std::filesystem::resize_file(path, 200);
  try {
    read_recording(folder_.path());
    ADD_FAILURE() << "a file that is cut short was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0720");
    EXPECT_NE(std::string(error.what()).find("reward.npy: it is cut short"), std::string::npos) << error.what();
  }
}

TEST_F(Recordings, AreFoundInAndBelowAFolder) {
  const test::RecordingFiles files = hopper_files();
  const std::string top = folder_.path();
  for (const char* name : {"/b/v4", "/a/v4_clip", "/a/v4"}) files.write(top + name);
  EXPECT_EQ(find_recordings(top), (std::vector<std::string>{top + "/a/v4", top + "/a/v4_clip", top + "/b/v4"}));
  EXPECT_EQ(find_recordings(top + "/a/v4"), std::vector<std::string>{top + "/a/v4"});
  std::filesystem::create_directories(top + "/empty");
  for (const char* none : {"/empty", "/absent"}) EXPECT_THROW(find_recordings(top + none), Error) << none;
}

TEST(RecordingMeta, IsHeldAgainstARobot) {
  RecordingMeta meta;
  meta.nq = 6, meta.nv = 6, meta.nu = 3, meta.obs = 11;
  const RobotSizes hopper{6, 6, 3, 11, 4, 4 * 0.002};
  EXPECT_TRUE(mismatches(meta, hopper).empty()) << "what is not said is not compared";
  meta.frames = 4, meta.dt = 0.008;
  EXPECT_TRUE(mismatches(meta, hopper).empty());
  meta.dt = 0.016;
  EXPECT_EQ(mismatches(meta, hopper), std::vector<std::string>{"dt is 0.016 s, the robot's is 0.008 s"});
  meta.nq = 7, meta.nv = 5, meta.nu = 2, meta.obs = 12, meta.frames = 5;
  EXPECT_EQ(mismatches(meta, hopper).size(), 6u);
  EXPECT_EQ(mismatches(meta, hopper)[0], "nq is 7, the robot's is 6");
}

TEST(RecordingMeta, TimeStepsAreProductsThatRound) {
  RecordingMeta meta;
  meta.dt = 0.3;
  ASSERT_NE(3 * 0.1, 0.3);
  EXPECT_TRUE(mismatches(meta, {0, 0, 0, 0, 3, 3 * 0.1}).empty());
}

}  // namespace
}  // namespace duet
