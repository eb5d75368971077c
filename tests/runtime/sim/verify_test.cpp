// Replays of recordings that the test makes itself: whole ones agree, and every spoilt number is found at its place.

#include "runtime/sim/verify.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/library_functions.h"
#include "runtime/sim/mujoco_door.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/runtime/sim/recorded.h"
#include "tests/runtime/sim/temp_folder.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

class Verify : public testing::Test {
 protected:
  explicit Verify(const std::string& robot = "hopper", Program program = test::hopper())
      : program_(std::move(program)),
        model_(Model::load(std::string(DUET_ROOT) + "/robots/" + robot + ".xml")),
        environment_(std::in_place, model_, program_, 1, 1) {}

  test::RecordingFiles record(const test::RecordingPlan& plan = {}) {
    Environment source(model_, program_, 5, 5);
    return test::record(source, program_.robot, plan);
  }
  RecordingReport verify(const test::RecordingFiles& files, const ComparisonOptions& options = {}) {
    std::filesystem::remove_all(folder_.path());
    files.write(folder_.path());
    return verify_recording(*environment_, program_, read_recording(folder_.path()), options);
  }
  static const ArrayReport& array(const RecordingReport& report, const std::string& name) {
    for (const ArrayReport& each : report.arrays)
      if (each.array == name) return each;
    throw std::logic_error("no array " + name);
  }

  Program program_;
  std::shared_ptr<const Model> model_;
  std::optional<Environment> environment_;
  test::TempFolder folder_;
};

class VerifyDoublePendulum : public Verify {
 protected:
  VerifyDoublePendulum() : Verify("inverted_double_pendulum", test::inverted_double_pendulum()) {}
};

TEST_F(Verify, ARecordingOfTheRobotItselfAgreesBitForBit) {
  for (const bool from_checkpoints : {false, true})
    for (const test::RecordingPlan& plan :
         {test::RecordingPlan{}, test::RecordingPlan{.trajectories = 1, .steps = 60, .action_scale = 2, .seed = 8},
          test::RecordingPlan{.obs_every = 7, .check_every = 4}}) {
      const test::RecordingFiles files = record(plan);
      const RecordingReport report = verify(files, {.from_checkpoints = from_checkpoints});
      EXPECT_TRUE(report.agrees());
      EXPECT_EQ(report.arrays.size(), 9u);
      EXPECT_EQ(report.steps, files.arrays.at("reward").values.size());
      for (const ArrayReport& each : report.arrays) {
        EXPECT_EQ(each.largest, 0) << each.array;
        EXPECT_EQ(each.compared, files.arrays.at(each.array).values.size()) << each.array << ": every number";
      }
    }
}

TEST_F(Verify, StoredTypesMayDiffer) {
  test::RecordingFiles files = record();
  files["actions"].type = "f4";
  files["offset"].type = "i4";
  files["terminated"].type = "b1";
  files["obs_row"].type = "i8";
  files["reward"].major = 2;
  EXPECT_TRUE(verify(files).agrees());
  files["obs"].type = "f4";
  files["check_qpos"].type = "f4";
  EXPECT_TRUE(verify(files).agrees()) << "our numbers are rounded to the recorded type";
  files["obs"].values[3] *= 1 + 1e-6;
  EXPECT_EQ(verify(files).first->array, "obs");
}

TEST_F(Verify, EverySpoiltNumberIsFoundAtItsPlace) {
  struct Fault {
    const char* array;
    const char* rows;  // how its rows are found: by obs_row, check_row, or as steps or trajectories
    std::size_t trajectory, step, element;
  };
  for (const Fault& fault : {Fault{"qpos0", "", 2, 0, 4}, Fault{"warm0", "", 1, 0, 5}, Fault{"obs0", "", 0, 0, 10},
                             Fault{"check_qpos", "check_row", 1, 20, 0}, Fault{"check_qvel", "check_row", 0, 25, 3},
                             Fault{"check_warm", "check_row", 2, 10, 1}, Fault{"obs", "obs_row", 2, 19, 7},
                             Fault{"reward", "obs_row", 1, 13, 0}, Fault{"terminated", "obs_row", 0, 2, 0}}) {
    SCOPED_TRACE(fault.array);
    test::RecordingFiles files = record();
    test::NpyFile& file = files[fault.array];
    const std::size_t width = file.values.size() / file.shape[0];
    const std::size_t row = *fault.rows ? files.row(fault.rows, fault.trajectory, fault.step) : fault.trajectory;
    double& number = file.values[row * width + fault.element];
    const double truth = number;
    number = file.type == "u1" ? 1 - truth : truth + 1e-3;
    const double recorded = number;
    const RecordingReport report = verify(files);
    ASSERT_TRUE(report.first);
    EXPECT_EQ(report.first->array, fault.array);
    EXPECT_EQ(report.first->trajectory, fault.trajectory);
    EXPECT_EQ(report.first->step, fault.step);
    EXPECT_EQ(report.first->element, fault.element);
    EXPECT_EQ(report.first->ours, truth);
    EXPECT_EQ(report.first->recorded, recorded);
    EXPECT_EQ(report.first->size, array(report, fault.array).largest);
    for (const ArrayReport& each : report.arrays)
      EXPECT_EQ(each.different, each.array == fault.array ? 1u : 0u) << each.array;
  }
}

TEST_F(Verify, TheFirstDifferenceIsTheFirstInTime) {
  test::RecordingFiles files = record();
  files["reward"].values[files.row("obs_row", 0, 20)] += 1;
  files["obs"].values[files.row("obs_row", 1, 2) * 11] += 1;
  files["qpos0"].values[2 * 6] += 1;
  const RecordingReport report = verify(files);
  EXPECT_EQ(report.first->array, "reward");
  EXPECT_EQ(array(report, "obs").first->trajectory, 1u);
  EXPECT_EQ(array(report, "qpos0").first->trajectory, 2u);
}

TEST_F(Verify, OneLastDigitOfTheStartIsSeen) {
  test::RecordingFiles files = record();
  double& height = files["qpos_set"].values[1];
  height = std::nextafter(height, 2.0);
  const RecordingReport report = verify(files);
  EXPECT_EQ(report.first->array, "qpos0");
  EXPECT_LT(report.first->size, 1e-15);
  EXPECT_TRUE(verify(files, {.tolerance = 1e-9}).agrees()) << "25 steps from the ground do not make it grow so far";
}

TEST_F(Verify, TolerancesAreWhatIsAllowed) {
  test::RecordingFiles files = record();
  files["obs"].values[0] += 1e-6;
  EXPECT_FALSE(verify(files, {.tolerance = 0.9e-6}).agrees());
  EXPECT_TRUE(verify(files, {.tolerance = 1.1e-6}).agrees());
  files = record();
  double& reward = files["reward"].values[4];
  reward += 1e-6 * std::max(1.0, std::abs(reward));
  EXPECT_FALSE(verify(files).agrees());
  EXPECT_FALSE(verify(files, {.tolerance = 1}).agrees()) << "that of rewards is another";
  EXPECT_TRUE(verify(files, {.reward_tolerance = 1.1e-6}).agrees());
  reward = record()["reward"].values[4] + 1e-14;
  EXPECT_TRUE(verify(files).agrees()) << "a sum taken in another order";
}

TEST_F(Verify, NumbersThatAreNotFiniteDifferFromThoseThatAre) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    test::RecordingFiles files = record();
    files["reward"].values[7] = bad;
    const RecordingReport report = verify(files, {.reward_tolerance = 1e9});
    ASSERT_TRUE(report.first) << bad;
    EXPECT_EQ(report.first->array, "reward");
    EXPECT_EQ(report.first->size, std::numeric_limits<double>::infinity());
  }
}

TEST_F(Verify, FromCheckpointsADifferenceEndsAtTheNextOne) {
  test::RecordingFiles files = record({.trajectories = 1, .steps = 40});
  files["actions"].values[12 * 3] += 0.5;  // step 13
  const RecordingReport whole = verify(files), stretches = verify(files, {.from_checkpoints = true});
  EXPECT_EQ(whole.first->step, 13u);
  EXPECT_EQ(stretches.first->step, 13u);
  EXPECT_GT(array(whole, "check_qpos").different, 6u) << "checkpoints 20, 30 and 40";
  EXPECT_LE(array(stretches, "check_qpos").different, 6u) << "checkpoint 20 only";
  EXPECT_EQ(array(stretches, "check_qpos").first->step, 20u);
  EXPECT_EQ(array(stretches, "reward").compared, 40u) << "its reward needs no more than qpos before the step";
}

TEST_F(Verify, RewardsAfterCheckpointsAreLeftOutWhereMoreThanTheStateIsNeeded) {
  test::RobotWriter w(program_);
  w.begin();  // The height of the torso before the step: not known after a checkpoint.
  const ValueId torso = w.element(w.input("xpos", {{"body", 5}, {"xyz", 3}}), "body", 1);
  program_.robot.reward = w.end({w.element(torso, "xyz", 2)});
  environment_.emplace(model_, program_, 1, 1);
  const RecordingReport report = verify(record(), {.from_checkpoints = true});
  EXPECT_TRUE(report.agrees());
  EXPECT_EQ(report.rewards_not_compared, 5u) << "of the steps after checkpoints 10 and 20 of three trajectories";
  EXPECT_EQ(array(report, "reward").compared, report.steps - 5);
}

TEST_F(Verify, WithoutCheckpointsThereIsNothingToGoOnFrom) {
  test::RecordingFiles files = record();
  files.arrays.erase("check_warm");
  EXPECT_TRUE(verify(files).agrees());
  EXPECT_EQ(verify(files).missing, std::vector<std::string>{"check_warm.npy"});
  EXPECT_EQ(test::thrown<Error>([&] { verify(files, {.from_checkpoints = true}); }).code(), "E0721");
}

TEST_F(Verify, ARecordingOfAnotherRobotIsRefused) {
  test::RecordingFiles files = record({.env = "Hopper-v4"});
  files.meta["dt"] = 0.01;
  const Error error = test::thrown<Error>([&] { verify(files); });
  EXPECT_EQ(error.code(), "E0722");
  EXPECT_NE(std::string(error.what()).find("dt is 0.01 s, the robot's is 0.008 s"), std::string::npos) << error.what();
  EXPECT_EQ(error.help(), "it was recorded of Hopper-v4");
}

TEST_F(Verify, AnUnstableReplayIsReportedAndTheOthersGoOn) {
  test::RecordingFiles files = record();
  files["actions"].values[3 * 25 + 3 * 4] = std::nan("");  // trajectory 1, step 5
  const RecordingReport report = verify(files);
  EXPECT_FALSE(report.agrees());
  EXPECT_FALSE(report.first);
  ASSERT_TRUE(report.breakdown);
  EXPECT_EQ(report.breakdown->trajectory, 1u);
  EXPECT_EQ(report.breakdown->step, 5u);
  EXPECT_FALSE(report.breakdown->message.empty());
  EXPECT_EQ(report.steps, 25u + 4 + 19);
}

TEST_F(VerifyDoublePendulum, SinesMayDifferInTheLastDigits) {
  EXPECT_EQ(made_by_library_functions(program_, program_.robot.observe.block),
            (std::vector<bool>{false, true, true, true, true, false, false, false, false, false, false}));
  test::RecordingFiles files = record();
  files["obs"].values[1] += 4e-16;
  RecordingReport report = verify(files);
  EXPECT_TRUE(report.agrees());
  EXPECT_EQ(report.library_elements, 4u);
  EXPECT_FALSE(verify(files, {.tolerance = 0}).agrees()) << "a tolerance that is asked for holds for all";
  files["obs"].values[1] += 4e-15;
  EXPECT_FALSE(verify(files).agrees());
  files = record();
  files["obs"].values[0] += 4e-16;  // the place of the cart
  EXPECT_EQ(verify(files).first->element, 0u);
}

// ---- Models ----

nlohmann::json small_facts(const mjModel& m) {
  return {
      {"env", "Hopper-v4"},
      {"timestep", m.opt.timestep},
      {"mjmodel",
       {{"nbody", m.nbody},
        {"ntex", m.ntex + 3},  // what only the eye sees
        {"body_mass", {{"shape", {m.nbody}}, {"data", std::vector<double>(m.body_mass, m.body_mass + m.nbody)}}},
        {"jnt_type", {{"shape", {m.njnt}}, {"data", std::vector<int>(m.jnt_type, m.jnt_type + m.njnt)}}}}},
      {"option",
       {{"integrator", "RK4"}, {"solver", "Newton"}, {"gravity", {0.0, 0.0, -9.81}}, {"iterations", m.opt.iterations}}},
      {"statistic", {{"meanmass", m.stat.meanmass}}}};
}

class VerifyModel : public Verify {
 protected:
  nlohmann::json facts() { return small_facts(environment_->simulator().native().model); }
  ModelReport verify_facts(const nlohmann::json& json) {
    std::filesystem::create_directories(folder_.path());
    std::ofstream(folder_.path() + "/facts.json") << json.dump();
    return verify_model(environment_->simulator(), folder_.path() + "/facts.json");
  }
};

TEST_F(VerifyModel, EqualNumbersAgree) {
  const ModelReport report = verify_facts(facts());
  EXPECT_EQ(report.differences, std::vector<std::string>{});
  EXPECT_EQ(report.compared, 3u + 4 + 1 + 1);
  EXPECT_EQ(report.env, "Hopper-v4");
}

TEST_F(VerifyModel, EveryDifferenceIsNamed) {
  nlohmann::json spoilt = facts();
  spoilt["mjmodel"]["body_mass"]["data"][0] = -0.0;  // the world's, which is 0
  spoilt["mjmodel"]["jnt_type"]["data"].push_back(3);
  spoilt["mjmodel"]["no_such_array"] = 4;
  spoilt["option"]["integrator"] = "Euler";
  spoilt["option"]["gravity"][2] = -9.8;
  spoilt["statistic"]["meanmass"] = 1.0;
  spoilt["timestep"] = 0.001;
  const std::vector<std::string> lines = verify_facts(spoilt).differences;
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "body_mass[0]: 0.0, the reference has -0.0");
  EXPECT_EQ(lines[1], "jnt_type: 6 numbers, the reference has 7");
  EXPECT_EQ(lines[2], "no_such_array: MuJoCo has no such number here");
  EXPECT_EQ(lines[3], "gravity[2]: -9.81, the reference has -9.8");
  EXPECT_EQ(lines[4], "integrator[0]: 1.0, the reference has 0.0");
  EXPECT_EQ(lines[5].substr(0, 12), "meanmass[0]:");
  EXPECT_EQ(lines[6], "timestep[0]: 0.002, the reference has 0.001");
}

TEST_F(VerifyModel, SeesTheModelAsTheScriptSetsIt) {
  test::RobotWriter w(program_);
  w.begin();
  program_.robot.edit = w.end({w.vector({7.5}, "_")});
  program_.robot.edits = {{"body_mass", {2}}};
  environment_.emplace(model_, program_, 1, 1);
  const nlohmann::json nominal = facts();
  environment_->reset();
  const std::vector<std::string> lines = verify_facts(nominal).differences;
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].substr(0, 18), "body_mass[2]: 7.5,");
  EXPECT_EQ(lines[1].substr(0, 12), "meanmass[0]:") << "what follows from it changes too";
}

TEST_F(VerifyModel, FilesThatHoldNoNumbersAreRefused) {
  const auto code = [&](const nlohmann::json& json) { return test::thrown<Error>([&] { verify_facts(json); }).code(); };
  nlohmann::json spoilt = facts();
  spoilt.erase("option");
  EXPECT_EQ(code(spoilt), "E0721");
  spoilt = facts();
  spoilt["option"]["solver"] = "Guess";
  EXPECT_EQ(code(spoilt), "E0721");
  spoilt = facts();
  spoilt["mjmodel"]["body_mass"]["data"] = "heavy";
  EXPECT_EQ(code(spoilt), "E0721");
  EXPECT_EQ(code({1}), "E0721");
  EXPECT_EQ(test::thrown<Error>([&] { verify_model(environment_->simulator(), "/no/such/file"); }).code(), "E0721");
}

}  // namespace
}  // namespace duet
