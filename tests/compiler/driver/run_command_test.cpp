// duet run, eval and plot as a user types them: run folders, stopping, killing, resuming, failures. The algorithm only
// acts at random, so that the tests look at the driver and not at learning.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

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

constexpr auto kScript = R"(
algorithm wander(; every_steps = 100, worst = 1.0) {
  memory real(1000)
  warm up 50 steps with uniform(action) into real
  loop {
    interact with uniform(action) into real
    every every_steps steps { log fault = log(worst + 0 * step) }
    every 500 steps { evaluate uniform(action) for 2 episodes }
  }
}
)";

class RunCommand : public ::testing::Test {
 protected:
  void SetUp() override { scratch_.write("wander.duet", kScript); }

  Outcome run(std::vector<std::string> more, const std::vector<std::string>& before = {}) {
    std::vector<std::string> arguments = {"run", "wander.duet", "--robot", "inverted_pendulum"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments, folder(), before);
  }
  Outcome resume(const std::string& run, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"run", "--resume", run, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments, folder());
  }
  const fs::path& folder() const { return scratch_.path(); }

  /// Sends the run in folder `a` a signal when it has written a checkpoint. The signal has its usual effect, which a
  /// shell takes from what it starts in the background.
  static std::vector<std::string> signal_in_the_middle(const std::string& signal) {
    return {"sh", "-c",
            "env --default-signal=INT \"$0\" \"$@\" & run=$!; "
            "until ls a/checkpoints/*.ckpt > /dev/null 2>&1; do kill -0 $run || exit 99; sleep 0.02; done; sleep 0.1; "
            "kill -" +
                signal + " $run; wait $run"};
  }

  /// All that a run leaves behind must be equal byte for byte, but for times and the command.
  void expect_same(const std::string& a, const std::string& b, int64_t step) {
    char name[64];
    std::snprintf(name, sizeof name, "checkpoints/step-%09lld.ckpt", static_cast<long long>(step));
    for (const std::string& file : {std::string(name), std::string("metrics.csv")})
      EXPECT_TRUE(read(folder() / a / file) == read(folder() / b / file))
          << file << " differs between " << a << " and " << b;
  }

  Scratch scratch_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(RunCommand, LeavesAWholeRunFolder) {
  const Outcome outcome = run({"--steps", "1200", "--seed", "3", "--set", "every_steps=200"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const fs::path made = folder() / "runs/wander-inverted_pendulum-seed3";
  const RunManifest manifest = read_manifest(made);
  EXPECT_EQ(manifest.seed, 3u);
  EXPECT_EQ(manifest.parameters.at("every_steps"), "200");
  EXPECT_EQ(manifest.sources.size(), 4u) << "script, robot, model, compiled model";
  for (const char* name : {"duet", "onednn", "mujoco"}) EXPECT_FALSE(manifest.versions.at(name).empty()) << name;
  EXPECT_TRUE(read_status(made).finished);
  EXPECT_EQ(checkpoint_steps(made).back(), 1200);
  const std::string metrics = read(made / "metrics.csv");
  EXPECT_TRUE(contains(metrics, "200,fault,0\n")) << metrics;
  EXPECT_TRUE(contains(metrics, "500,evaluate/return,")) << metrics;
  EXPECT_TRUE(fs::exists(made / "events.out.tfevents.duet"));
}

TEST_F(RunCommand, AFinishedRunIsNotRepeated) {
  ASSERT_EQ(run({"--steps", "300", "--out", "a"}).code, 0);
  const std::string log = read(folder() / "a/run.log");
  const Outcome again = run({"--steps", "300", "--out", "a"});
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(contains(again.out, "finished already")) << again.out;
  EXPECT_EQ(read(folder() / "a/run.log"), log);
  EXPECT_TRUE(contains(run({"--steps", "400", "--out", "a"}).err, "E0705"));
  const Outcome other = run({"--steps", "300", "--out", "a", "--seed", "2"});
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(contains(other.err, "E0707")) << other.err;
  scratch_.write("wander.duet", std::string(kScript) + "// changed\n");
  EXPECT_TRUE(contains(run({"--steps", "300", "--out", "a"}).err, "wander.duet has changed"));
}

TEST_F(RunCommand, AnExtendedRunIsThatOfTheLongerOne) {
  ASSERT_EQ(run({"--steps", "1000", "--out", "a", "--checkpoint-every", "300"}).code, 0);
  ASSERT_EQ(run({"--steps", "1700", "--out", "b"}).code, 0);
  const Outcome shorter = resume("a", {"--steps", "500"});
  EXPECT_EQ(shorter.code, 2) << shorter.err;
  const Outcome longer = resume("a", {"--steps", "1700"});
  ASSERT_EQ(longer.code, 0) << longer.err;
  expect_same("a", "b", 1700);
}

TEST_F(RunCommand, TheNumberOfThreadsChangesNothing) {
  ASSERT_EQ(run({"--steps", "1200", "--out", "one", "--threads", "1"}).code, 0);
  ASSERT_EQ(run({"--steps", "600", "--out", "several", "--threads", "3"}).code, 0);
  ASSERT_EQ(resume("several", {"--steps", "1200", "--threads", "2"}).code, 0);
  expect_same("one", "several", 1200);
  EXPECT_EQ(run({"--steps", "10", "--out", "none", "--threads", "0"}).code, 2);
}

TEST_F(RunCommand, StoppedByASignalItSavesAndGoesOn) {
  const Outcome stopped = run({"--steps", "40000", "--out", "a", "--quiet"}, signal_in_the_middle("INT"));
  ASSERT_EQ(stopped.code, 130) << stopped.err << "(was the machine so fast that it finished?)";
  EXPECT_TRUE(contains(stopped.err, "duet run --resume a")) << stopped.err;
  EXPECT_FALSE(read_status(folder() / "a").finished);
  ASSERT_EQ(resume("a").code, 0);
  ASSERT_EQ(run({"--steps", "40000", "--out", "b", "--quiet"}).code, 0);
  expect_same("a", "b", 40000);
}

TEST_F(RunCommand, KilledItGoesOnWithWhatWasItsScriptThen) {
  const Outcome killed = run({"--steps", "40000", "--out", "a", "--quiet"}, signal_in_the_middle("KILL"));
  ASSERT_EQ(killed.code, 137);
  ASSERT_EQ(run({"--steps", "40000", "--out", "b", "--quiet"}).code, 0);
  scratch_.write("wander.duet", "this is no script any more");
  const Outcome resumed = resume("a");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same("a", "b", 40000);
}

TEST_F(RunCommand, KilledBeforeItsFirstCheckpointItStartsAgain) {
  ASSERT_EQ(run({"--steps", "300", "--out", "a"}).code, 0);
  ASSERT_EQ(run({"--steps", "300", "--out", "b"}).code, 0);
  fs::remove_all(folder() / "a/checkpoints");
  fs::remove(folder() / "a/options.json");
  std::ofstream(folder() / "a/status.json") << R"({"state":"unfinished","step":0})";
  const Outcome again = resume("a");
  ASSERT_EQ(again.code, 0) << again.err;
  expect_same("a", "b", 300);
}

TEST_F(RunCommand, ATruncatedCheckpointIsPassedOver) {
  ASSERT_EQ(run({"--steps", "1700", "--out", "a"}).code, 0);
  ASSERT_EQ(run({"--steps", "1700", "--out", "b"}).code, 0);
  fs::resize_file(folder() / "a/checkpoints/step-000001700.ckpt", 1000);
  std::ofstream(folder() / "a/status.json") << R"({"state":"unfinished","step":1000})";
  ASSERT_EQ(resume("a").code, 0);
  EXPECT_TRUE(contains(read(folder() / "a/run.log"), "step-000001700.ckpt is damaged")) << read(folder() / "a/run.log");
  expect_same("a", "b", 1700);
}

TEST_F(RunCommand, AFaultNamesTheLineAndKeepsTheCheckpoint) {
  // log(worst) of a negative number is NaN, at the first multiple of 100 steps.
  const Outcome outcome = run(
      {"--steps", "2000", "--out", "a", "--set", "worst=-1", "--set", "every_steps=700", "--checkpoint-every", "300"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "error[E0603]")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "wander.duet:7:")) << outcome.err;
  EXPECT_EQ(latest_checkpoint(folder() / "a").step, 600);
  EXPECT_FALSE(read_status(folder() / "a").finished);
}

TEST_F(RunCommand, WrongWordsAreReportedBeforeAnythingIsMade) {
  const auto expect = [&](const std::vector<std::string>& arguments, int code, const std::string& words) {
    const Outcome outcome = duet(arguments, folder());
    EXPECT_EQ(outcome.code, code) << words << "\n" << outcome.err;
    EXPECT_TRUE(contains(outcome.err, words)) << outcome.err;
  };
  expect({"run", "wander.duet", "--robot", "inverted_pendlum", "--steps", "9"}, 1, "`inverted_pendulum`");
  expect({"run", "wander.duet", "--robot", "hopper", "--steps", "9", "--set", "every_stps=3"}, 1, "every_steps");
  expect({"run", "wander.duet", "--robot", "hopper", "--steps", "0"}, 2, "E0005");
  expect({"run", "wander.duet", "--robot", "hopper"}, 2, "--steps");
  expect({"run", "wander.duet", "--steps", "9"}, 2, "--robot");
  expect({"run", "wander.duet", "--robot", "hopper", "--steps", "9", "--algorithm", "wonder"}, 1, "E0213");
  expect({"run", "--resume", "nowhere"}, 1, "E0706");
  expect({"run", "--resume", "nowhere", "--set", "a=1"}, 2, "E0005");
  EXPECT_FALSE(fs::exists(folder() / "runs"));
}

TEST_F(RunCommand, AnUnwritablePlaceIsReported) {
  scratch_.write("file", "not a folder");
  const Outcome outcome = run({"--steps", "100", "--out", "file/a"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "E0701")) << outcome.err;
}

TEST_F(RunCommand, EvalAndPlotReadARun) {
  ASSERT_EQ(run({"--steps", "1500", "--out", "a"}).code, 0);
  const Outcome table = duet({"eval", "a", "--episodes", "5", "--seed", "7"}, folder());
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_TRUE(contains(table.out, "mean return")) << table.out;
  const auto json =
      nlohmann::json::parse(duet({"eval", "a", "--episodes", "5", "--seed", "7", "--json"}, folder()).out);
  EXPECT_EQ(json.at("returns").size(), 5u);
  EXPECT_EQ(json, nlohmann::json::parse(duet({"eval", "a", "--episodes", "5", "--seed", "7", "--json"}, folder()).out))
      << "the same seed";
  for (const char* threads : {"1", "2", "5"})
    EXPECT_EQ(json,
              nlohmann::json::parse(
                  duet({"eval", "a", "--episodes", "5", "--seed", "7", "--json", "--threads", threads}, folder()).out))
        << threads << " threads";
  EXPECT_NE(json.at("returns"),
            nlohmann::json::parse(duet({"eval", "a", "--episodes", "5", "--seed", "8", "--json"}, folder()).out)
                .at("returns"));
  for (const char* picture : {"curve.png", "curve.svg"}) {
    EXPECT_EQ(duet({"plot", "a", "-o", picture}, folder()).code, 0);
    EXPECT_GT(fs::file_size(folder() / picture), 1000u);
  }
  const Outcome none = duet({"plot", "a", "-o", "c.png", "--metric", "evaluate/retrn"}, folder());
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.err, "E0708")) << none.err;
}

TEST_F(RunCommand, RenderShowsTheEpisodeThatEvaluationPlays) {
  ASSERT_EQ(run({"--steps", "100", "--out", "r"}).code, 0);
  const Outcome evaluated = duet({"eval", "r", "--episodes", "1", "--seed", "5", "--json"}, folder());
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  // The robot earns 1 at each step, so that the return is the length of the episode, but for its last step.
  const auto steps = static_cast<int>(nlohmann::json::parse(evaluated.out)["returns"][0].get<double>());
  const auto picture = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"render", "r",        "-o", "a.png",  "--seed",
                                          "5",      "--frames", "1",  "--size", "80x60"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = duet(arguments, folder());
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read(folder() / "a.png");
  };
  const std::string start = picture({}), end = picture({"--steps", "100000"});
  EXPECT_FALSE(start == end);
  EXPECT_TRUE(end == picture({"--steps", std::to_string(steps)}) ||
              end == picture({"--steps", std::to_string(steps + 1)}))
      << "the episode has " << steps << " steps";
  EXPECT_FALSE(end == picture({"--steps", std::to_string(steps - 1)}));
  EXPECT_TRUE(start == picture({"--steps", "0"}));
}

TEST_F(RunCommand, RenderOfARunRefusesWhatIsForRobots) {
  ASSERT_EQ(run({"--steps", "100", "--out", "r"}).code, 0);
  for (const std::vector<std::string>& option :
       {std::vector<std::string>{"--policy", "zero"}, {"--set", "robot.x=1"}}) {
    const Outcome outcome = duet({"render", "r", "-o", "a.png", option[0], option[1]}, folder());
    EXPECT_EQ(outcome.code, 2) << option[0];
    EXPECT_TRUE(contains(outcome.err, option[0] + " is for robots")) << outcome.err;
  }
  const Outcome missing = duet({"render", "runs/none", "-o", "a.png"}, folder());
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(contains(missing.err, "E0706")) << missing.err;
}

}  // namespace
}  // namespace duet
