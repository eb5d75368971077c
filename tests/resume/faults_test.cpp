// What goes wrong while a run is under way, through the program that users start: a message with its code and place,
// exit code 1, and the last good checkpoint unharmed.

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "runtime/run/checkpoint_folder.h"
#include "runtime/run/run_folder.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using test::duet;
using test::Outcome;
using test::read;
using test::Scratch;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr auto kWander = R"(
algorithm wander(robot) {
  memory real(5000)
  loop { interact with uniform(action) into real }
}
)";

class Faults : public testing::Test {
 protected:
  Outcome run(const std::string& script, const std::string& robot, std::vector<std::string> more,
              const std::vector<std::string>& before = {}) {
    std::vector<std::string> arguments = {"run", script, "--robot", robot, "--quiet", "--out", "a"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments, scratch_.path(), before);
  }
  Outcome resume() { return duet({"run", "--resume", "a", "--quiet"}, scratch_.path()); }
  fs::path folder() const { return scratch_.path() / "a"; }
  void expect_error(const Outcome& outcome, const std::string& code) {
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "error[" + code + "]")) << outcome.err;
  }
  /// A robot like the inverted pendulum, with a piece of its model replaced.
  void write_robot(const std::string& from, const std::string& to) {
    std::string model = read(DUET_ROOT "/robots/inverted_pendulum.xml");
    ASSERT_TRUE(contains(model, from));
    model.replace(model.find(from), from.size(), to);
    scratch_.write("cart.xml", model);
    scratch_.write("cart.duet", R"(
robot cart {
  mjcf    "cart.xml"
  frames  2
  observe [qpos, qvel]
  reward  1.0
  reset   qpos = qpos0, qvel = 0 * normal()
}
)");
  }

  Scratch scratch_;
};

TEST_F(Faults, ALossThatExplodesNamesItsLine) {
  const Outcome outcome = run(DUET_ROOT "/algorithms/sac.duet", "inverted_pendulum",
                              {"--steps", "400", "--checkpoint-every", "20", "--set", "agent.lr=1e30", "--set",
                               "agent.hidden=[8]", "--set", "warm_up=50", "--set", "batch=8"});
  expect_error(outcome, "E0603");
  EXPECT_TRUE(contains(outcome.err, "sac.duet:")) << outcome.err;
  const int64_t step = latest_checkpoint(folder()).step;
  EXPECT_GE(step, 40);
  EXPECT_FALSE(read_status(folder()).finished);
  EXPECT_TRUE(contains(read(folder() / "run.log"), "step")) << read(folder() / "run.log");
  // The same numbers fail at the same place.
  const Outcome again = resume();
  expect_error(again, "E0603");
  EXPECT_EQ(latest_checkpoint(folder()).step, step);
}

TEST_F(Faults, ASimulatorThatBlowsUpIsReported) {
  scratch_.write("wander.duet", kWander);
  const std::string model = read(DUET_ROOT "/robots/inverted_pendulum.xml");
  const size_t at = model.find("gear=\"");
  ASSERT_NE(at, std::string::npos);
  write_robot(model.substr(at, model.find('"', at + 6) + 1 - at), "gear=\"1e14\"");
  const Outcome outcome = run("wander.duet", "cart.duet", {"--steps", "500", "--checkpoint-every", "10"});
  expect_error(outcome, "E0601");
  EXPECT_NO_THROW(latest_checkpoint(folder()));
  EXPECT_FALSE(read_status(folder()).finished);
}

TEST_F(Faults, AFullDiskKeepsTheLastGoodCheckpoint) {
  scratch_.write("wander.duet", kWander);
  // Files may grow to 150 kB; the memory in the checkpoint soon needs more.
  const Outcome outcome = run("wander.duet", "inverted_pendulum", {"--steps", "4000", "--checkpoint-every", "50"},
                              {"sh", "-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" \"$@\""});
  expect_error(outcome, "E0701");
  const LatestCheckpoint latest = latest_checkpoint(folder());
  EXPECT_TRUE(latest.warnings.empty()) << "no broken file may be left";
  EXPECT_GT(latest.step, 0);
  EXPECT_FALSE(read_status(folder()).finished);
  // With room again it goes on, to the same end as a run that always had room.
  ASSERT_EQ(resume().code, 0);
  ASSERT_EQ(duet({"run", "wander.duet", "--robot", "inverted_pendulum", "--quiet", "--steps", "4000", "--out", "b"},
                 scratch_.path())
                .code,
            0);
  EXPECT_TRUE(read(folder() / "checkpoints/step-000004000.ckpt") ==
              read(scratch_.path() / "b/checkpoints/step-000004000.ckpt"));
}

TEST_F(Faults, WithoutAnyWholeCheckpointARunCannotGoOn) {
  scratch_.write("wander.duet", kWander);
  ASSERT_EQ(run("wander.duet", "inverted_pendulum", {"--steps", "300", "--checkpoint-every", "100"}).code, 0);
  std::ofstream(folder() / "status.json") << R"({"state":"unfinished","step":200})";
  std::mt19937 random(1);
  for (const int64_t step : checkpoint_steps(folder())) {
    char name[64];
    std::snprintf(name, sizeof name, "checkpoints/step-%09lld.ckpt", static_cast<long long>(step));
    std::string bytes = read(folder() / name);
    bytes[random() % bytes.size()] ^= 1;  // one bit is enough
    std::ofstream(folder() / name, std::ios::binary) << bytes;
  }
  expect_error(resume(), "E0702");
}

TEST_F(Faults, ABrokenModelIsReportedInMuJoCosWords) {
  scratch_.write("wander.duet", kWander);
  write_robot("<worldbody>", "<worldbod>");
  const Outcome outcome = run("wander.duet", "cart.duet", {"--steps", "10"});
  expect_error(outcome, "E0502");
  EXPECT_TRUE(contains(outcome.err, "cart.duet:3")) << "the line that names the model\n" << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "XML")) << outcome.err;
  fs::remove(scratch_.path() / "cart.xml");
  expect_error(run("wander.duet", "cart.duet", {"--steps", "10"}), "E0501");
  EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(Faults, AModelOfSeveralFilesIsKeptWholeInTheRun) {
  scratch_.write("wander.duet", kWander);
  write_robot("<worldbody>", "<include file=\"lamp.xml\"/><worldbody>");
  scratch_.write("lamp.xml", "<mujoco><worldbody><site name=\"lamp\" pos=\"0 0 3\"/></worldbody></mujoco>");
  ASSERT_EQ(run("wander.duet", "cart.duet", {"--steps", "300"}).code, 0);
  ASSERT_EQ(
      duet({"run", "wander.duet", "--robot", "cart.duet", "--quiet", "--steps", "600", "--out", "b"}, scratch_.path())
          .code,
      0);
  for (const char* file : {"cart.xml", "lamp.xml", "cart.duet"}) fs::remove(scratch_.path() / file);
  const Outcome resumed = duet({"run", "--resume", "a", "--quiet", "--steps", "600"}, scratch_.path());
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_TRUE(read(folder() / "checkpoints/step-000000600.ckpt") ==
              read(scratch_.path() / "b/checkpoints/step-000000600.ckpt"));
}

TEST_F(Faults, AModelOfANewerMuJoCoIsSaidToBeOne) {
  scratch_.write("wander.duet", kWander);
  write_robot("<worldbody>", "<worldbody><plate_of_the_future/>");
  const Outcome outcome = run("wander.duet", "cart.duet", {"--steps", "10"});
  expect_error(outcome, "E0502");
  EXPECT_TRUE(contains(outcome.err, "plate_of_the_future")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "version") || contains(outcome.err, "newer")) << outcome.err;
}

TEST_F(Faults, WhatIsNoScriptIsRefusedBeforeAnythingIsMade) {
  scratch_.write("wander.duet", kWander);
  scratch_.write("empty.duet", "");
  scratch_.write("itself.duet", std::string("use \"itself.duet\"\n") + kWander);
  std::mt19937 random(7);
  std::string bytes(20000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  scratch_.write("bytes.duet", bytes);
  expect_error(run("itself.duet", "hopper", {"--steps", "10"}), "E0201");
  expect_error(run("wander.duet", "hoper", {"--steps", "10"}), "E0504");
  for (const char* name : {"empty.duet", "bytes.duet", "missing.duet"}) {
    const Outcome outcome = run(name, "hopper", {"--steps", "10"});
    EXPECT_EQ(outcome.code, 1) << name << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "error[E0")) << name << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder()));
}

}  // namespace
}  // namespace duet
