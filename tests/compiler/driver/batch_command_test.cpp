// duet batch as a user types it: what is run, stopping, killing, going on, failures, two at once. The algorithm only
// acts at random, so that the tests look at batches and not at learning.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runtime/run/run_folder.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using test::duet;
using test::Outcome;
using test::read;
using test::Scratch;

constexpr auto kAlgorithm = R"(
algorithm wander(robot; period = 100, worst = 1.0) {
  memory real(1000)
  loop {
    interact with uniform(action) into real
    every period steps { log fault = log(worst + 0 * step) }
    every 500 steps { evaluate uniform(action) for 2 episodes }
  }
}
)";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

class BatchCommand : public ::testing::Test {
 protected:
  void write(const std::string& experiment) { scratch_.write("script.duet", kAlgorithm + experiment); }

  Outcome batch(std::vector<std::string> more = {}, const std::vector<std::string>& before = {}) {
    std::vector<std::string> arguments = {"batch", "script.duet", "--out", "x"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments, folder(), before);
  }
  const fs::path& folder() const { return scratch_.path(); }
  std::string text(const std::string& file) const { return read(folder() / "x" / file); }

  /// Sends a batch a signal when one of its runs has written a checkpoint.
  static std::vector<std::string> signal_in_the_middle(const std::string& signal) {
    return {"sh", "-c",
            "env --default-signal=INT \"$0\" \"$@\" & batch=$!; "
            "until ls x/*/checkpoints/*.ckpt > /dev/null 2>&1; do kill -0 $batch || exit 99; sleep 0.02; done; "
            "sleep 0.1; kill -" +
                signal + " $batch; wait $batch"};
  }

  /// How often a run was begun or went on, by its log.
  size_t starts(const std::string& run) const {
    const std::string log = text(run + "/run.log");
    return count(log, " started ") + count(log, " resumed ");
  }

  Scratch scratch_;
};

TEST_F(BatchCommand, RunsEveryCombinationOnce) {
  write(R"(
settings wander on hopper { period = 50 }
settings wander on inverted_pendulum {}
experiment small {
  run   wander on inverted_pendulum, hopper for 200 steps
  seeds 1..2
  set   worst = 2
  vary  period = [20, 40]
}
)");
  const Outcome outcome = batch();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "8 of 8 runs are finished")) << outcome.out;
  for (const char* robot : {"inverted_pendulum", "hopper"})
    for (const char* period : {"20", "40"})
      for (const char* seed : {"1", "2"}) {
        const std::string name = std::string("wander-") + robot + "-period=" + period + "-seed" + seed;
        const fs::path run = folder() / "x" / name;
        EXPECT_TRUE(read_status(run).finished) << name;
        const RunManifest manifest = read_manifest(run);
        EXPECT_EQ(manifest.parameters.at("period"), period) << "what varies goes before the settings";
        EXPECT_EQ(manifest.parameters.at("worst"), "2");
        EXPECT_EQ(std::to_string(manifest.seed), seed);
      }
  const auto json = nlohmann::json::parse(text("batch.json"));
  ASSERT_EQ(json.at("runs").size(), 8u);
  EXPECT_EQ(json["runs"][0]["label"], "wander on inverted_pendulum, period = 20");
  EXPECT_EQ(json["runs"][4]["seed"], 2) << "all cells with the first seed come first";

  const Outcome again = batch();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(contains(again.out, "8 of them were before")) << again.out;
  EXPECT_EQ(starts("wander-hopper-period=20-seed1"), 1u);
}

TEST_F(BatchCommand, SettingsOfAFileAreTakenByRunAndEval) {
  scratch_.write("wander.duet", kAlgorithm);
  scratch_.write("set.duet",
                 "use \"wander.duet\"\n\nsettings wander on inverted_pendulum { period = 20 * 2, worst = 3 }\n");
  const Outcome run =
      duet({"run", "set.duet", "--robot", "inverted_pendulum", "--steps", "500", "--out", "r", "--set", "worst=4"},
           folder());
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "settings of set.duet:3: period = 20 * 2, worst = 4 (--set)")) << run.err;
  EXPECT_EQ(read_manifest(folder() / "r").parameters,
            (std::map<std::string, std::string>{{"period", "20 * 2"}, {"worst", "4"}}));
  EXPECT_TRUE(contains(read(folder() / "r/metrics.csv"), "\n40,fault,1.386")) << "log 4";
  EXPECT_EQ(duet({"run", "--resume", "r", "--steps", "600"}, folder()).code, 0);
  EXPECT_TRUE(contains(read(folder() / "r/metrics.csv"), "\n600,fault,1.386"));
  EXPECT_EQ(duet({"eval", "r", "--episodes", "1"}, folder()).code, 0);
  const Outcome none = duet({"run", "set.duet", "--robot", "hopper", "--steps", "500"}, folder());
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.err, "E0217") && contains(none.err, "there are some on inverted_pendulum")) << none.err;
}

TEST_F(BatchCommand, OneFileIsOneFileByWhateverPath) {
  scratch_.write("lib/wander.duet", kAlgorithm);
  scratch_.write("lib/set/hopper.duet", "use \"../wander.duet\"\n\nsettings wander on hopper { period = 5 }\n");
  scratch_.write("all.duet", "use \"lib/set/../wander.duet\"\nuse \"" + (folder() / "lib/set/hopper.duet").string() +
                                 "\"\n\nexperiment e { run wander on hopper for 10 steps }\n");
  const Outcome outcome = duet({"check", "all.duet"}, folder());
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(BatchCommand, AFailingRunDoesNotStopTheOthers) {
  write("experiment odd {\n  run wander on inverted_pendulum for 300 steps\n  vary worst = [0, 1]\n  seeds 1..2\n}\n");
  const Outcome outcome = batch({"--jobs", "1"});  // the logarithm of 0 is no number
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.out, "2 of 4 runs are finished")) << outcome.out;
  EXPECT_TRUE(contains(outcome.err, "failed: wander-inverted_pendulum-worst=0-seed1 (exit code 1)")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "E0603")) << "the last error of the log\n" << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "log: x/logs/wander-inverted_pendulum-worst=0-seed2.log")) << outcome.err;
  EXPECT_TRUE(contains(text("logs/wander-inverted_pendulum-worst=0-seed2.log"), "E0603"));
}

TEST_F(BatchCommand, StoppedInTheMiddleItGoesOn) {
  write("experiment e {\n  run wander on inverted_pendulum for 30_000 steps\n  seeds 1..3\n}\n");
  const Outcome stopped = batch({"--jobs", "2"}, signal_in_the_middle("INT"));
  ASSERT_EQ(stopped.code, 130) << stopped.err << "(was the machine so fast that it finished?)";
  EXPECT_TRUE(contains(stopped.err, "duet batch script.duet --experiment e --out x")) << stopped.err;
  EXPECT_TRUE(contains(text("wander-inverted_pendulum-seed1/run.log"), "interrupted at step"))
      << "the runs have written a checkpoint";
  EXPECT_FALSE(fs::exists(folder() / "x/wander-inverted_pendulum-seed3"));
  const Outcome on = batch();
  ASSERT_EQ(on.code, 0) << on.err;
  EXPECT_TRUE(contains(on.out, "3 of 3 runs are finished")) << on.out;
  ASSERT_EQ(
      duet({"run", "script.duet", "--robot", "inverted_pendulum", "--steps", "30000", "--out", "alone"}, folder()).code,
      0);
  EXPECT_TRUE(read(folder() / "alone/metrics.csv") == text("wander-inverted_pendulum-seed1/metrics.csv"))
      << "an interrupted batch ends as if nothing had happened";
}

TEST_F(BatchCommand, KilledInTheMiddleItGoesOn) {
  write("experiment e {\n  run wander on inverted_pendulum for 30_000 steps\n  seeds 1..3\n}\n");
  ASSERT_EQ(batch({"--jobs", "2"}, signal_in_the_middle("KILL")).code, 137);
  // The runs that it leaves behind are still stopping: they must not be begun a second time beside themselves.
  const Outcome on = batch();
  ASSERT_EQ(on.code, 0) << on.err;
  EXPECT_TRUE(contains(on.out, "3 of 3 runs are finished")) << on.out;
  for (const char* seed : {"1", "2", "3"})
    EXPECT_FALSE(contains(text(std::string("logs/wander-inverted_pendulum-seed") + seed + ".log"), "E0711"))
        << "two processes at one run";
}

TEST_F(BatchCommand, TwoAtOnceShareTheRuns) {
  write("experiment e {\n  run wander on inverted_pendulum for 2000 steps\n  seeds 1..6\n}\n");
  const Outcome both =
      batch({"--jobs", "1"}, {"sh", "-c", "\"$0\" \"$@\" & \"$0\" \"$@\"; a=$?; wait $!; exit $((a + $?))"});
  ASSERT_EQ(both.code, 0) << both.err;
  EXPECT_EQ(count(both.out, "6 of 6 runs are finished"), 2u) << both.out;
  for (int seed = 1; seed <= 6; ++seed)
    EXPECT_EQ(starts("wander-inverted_pendulum-seed" + std::to_string(seed)), 1u) << seed;
}

TEST_F(BatchCommand, RunsAreOnOneCoreWithOneThread) {
  write("experiment e { run wander on inverted_pendulum for 100_000 steps }\n");
  // Looks at what the kernel says of the run while it goes on, then stops the batch.
  const Outcome outcome = batch({}, {"sh", "-c",
                                     "env --default-signal=INT \"$0\" \"$@\" & batch=$!; "
                                     "until ls x/*/checkpoints/*.ckpt > /dev/null 2>&1; do kill -0 $batch || exit 99; "
                                     "sleep 0.02; done; "
                                     "run=$(cat /proc/$batch/task/$batch/children); "
                                     "grep -E 'Cpus_allowed_list|Threads' /proc/${run% }/status > seen; "
                                     "kill -INT $batch; wait $batch"});
  ASSERT_EQ(outcome.code, 130) << outcome.err;
  const std::string seen = read(folder() / "seen");
  std::istringstream words(seen.substr(seen.find("Cpus_allowed_list:") + 18));
  std::string core;
  words >> core;
  EXPECT_TRUE(!core.empty() && std::all_of(core.begin(), core.end(), ::isdigit)) << "one core, no range\n" << seen;
  EXPECT_TRUE(contains(seen, "Threads:\t1\n")) << seen;
}

TEST_F(BatchCommand, MoreSeedsAndStepsAreAddedButNothingIsMixed) {
  write("experiment e {\n  run wander on inverted_pendulum for 200 steps\n  seeds 1\n}\n");
  ASSERT_EQ(batch().code, 0);
  write("// more\nexperiment e {\n  run wander on inverted_pendulum for 300 steps\n  seeds 1..2\n}\n");
  const Outcome more = batch();
  ASSERT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(read_status(folder() / "x/wander-inverted_pendulum-seed1").step, 300);
  EXPECT_EQ(read_status(folder() / "x/wander-inverted_pendulum-seed2").step, 300);
  write("experiment e {\n  run wander on inverted_pendulum for 300 steps\n  set period = 7\n}\n");
  const Outcome other = batch();
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(contains(other.err, "E0707") && contains(other.err, "settings of wander-inverted_pendulum-seed1"))
      << other.err;
  scratch_.write("script.duet", std::string(kAlgorithm) + "function f(x) = x\n" +
                                    "experiment e { run wander on inverted_pendulum for 300 steps }\n");
  const Outcome changed = batch();
  EXPECT_EQ(changed.code, 1);
  EXPECT_TRUE(contains(changed.err, "script.duet has changed")) << changed.err;
}

TEST_F(BatchCommand, SaysWhichExperimentsThereAre) {
  write(
      "experiment first { run wander on hopper for 10 steps }\nexperiment second { run wander on hopper for 10 steps "
      "}\n");
  const Outcome which = batch();
  EXPECT_EQ(which.code, 1);
  EXPECT_TRUE(contains(which.err, "E0214") && contains(which.err, "first, second")) << which.err;
  const Outcome near = batch({"--experiment", "secnd"});
  EXPECT_EQ(near.code, 1);
  EXPECT_TRUE(contains(near.err, "E0214") && contains(near.err, "did you mean 'second'?")) << near.err;
  EXPECT_FALSE(fs::exists(folder() / "x"));
  write("");
  EXPECT_TRUE(contains(batch().err, "E0214"));
}

}  // namespace
}  // namespace duet
