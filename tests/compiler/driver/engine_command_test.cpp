// --engine: which program runs a script, and what a run keeps of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/run/run_folder.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::duet;
using test::Outcome;
using test::read;

constexpr auto kScript = R"(
algorithm wander(; worst = 1.0) {
  memory real(1000)
  loop {
    interact with uniform(action) into real
    every 100 steps { log fault = log(worst + 0 * step) }
    every 500 steps { evaluate uniform(action) for 2 episodes }
  }
}
)";

class EngineCommand : public ::testing::Test {
 protected:
  void SetUp() override { scratch_.write("wander.duet", kScript); }

  Outcome command(const std::vector<std::string>& words) { return duet(words, scratch_.path()); }

  void run(const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"run", "wander.duet", "--robot", "inverted_pendulum", "--out", out};
    if (std::ranges::find(more, "--steps") == more.end()) words.insert(words.end(), {"--steps", "300"});
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = command(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }

  json returns(const std::string& run, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"eval", run, "--episodes", "3", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = command(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out).at("returns");
  }

  json options(const std::string& run) { return json::parse(read(scratch_.path() / run / "options.json")); }

  test::Scratch scratch_;
};

TEST_F(EngineCommand, ARunKeepsItsEngine) {
  run("a");
  EXPECT_EQ(options("a").at("engine"), "plan");
  EXPECT_FALSE(read_manifest(scratch_.path() / "a").versions.contains("libtorch"));
  run("b", {"--engine", "interp"});
  EXPECT_EQ(options("b").at("engine"), "interp");
  EXPECT_TRUE(read_manifest(scratch_.path() / "b").versions.contains("libtorch"));
  for (const char* each : {"a", "b"}) {
    const Outcome resumed = command({"run", "--resume", each, "--steps", "600"});
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(resumed.err.find("E0713"), std::string::npos) << "the versions are those of its own engine";
  }
}

TEST_F(EngineCommand, AResumedRunIsThatOfOneGo) {
  for (const char* engine : {"plan", "interp"}) {
    const std::string parts = std::string("parts-") + engine, whole = std::string("whole-") + engine;
    run(parts, {"--engine", engine, "--checkpoint-every", "200"});
    ASSERT_EQ(command({"run", "--resume", parts, "--steps", "600"}).code, 0);
    run(whole, {"--engine", engine, "--steps", "600"});
    for (const char* file : {"checkpoints/step-000000600.ckpt", "metrics.csv"})
      EXPECT_TRUE(read(scratch_.path() / parts / file) == read(scratch_.path() / whole / file)) << engine << file;
  }
}

TEST_F(EngineCommand, ARunCannotGoOnInAnotherEngine) {
  run("a");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"run", "--resume", "a", "--engine", "interp"},
        {"run", "wander.duet", "--robot", "inverted_pendulum", "--steps", "300", "--out", "a", "--engine", "interp"}}) {
    const Outcome outcome = command(words);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("begun with --engine plan"), std::string::npos) << outcome.err;
  }
}

TEST_F(EngineCommand, ARunFromBeforeThereWasAChoiceIsTheInterpreters) {
  run("a", {"--engine", "interp"});
  json kept = options("a");
  kept.erase("engine");
  std::ofstream(scratch_.path() / "a/options.json") << kept;
  EXPECT_EQ(command({"run", "--resume", "a", "--steps", "500", "--engine", "plan"}).code, 2);
  EXPECT_EQ(command({"run", "--resume", "a", "--steps", "500"}).code, 0);
  EXPECT_EQ(options("a").at("engine"), "interp");
}

TEST_F(EngineCommand, WhatARunHasLearnedCanActInTheOtherEngine) {
  run("a");
  run("b", {"--engine", "interp"});
  for (const char* each : {"a", "b"}) {
    const json plan = returns(each, {"--engine", "plan"}), interp = returns(each, {"--engine", "interp"});
    for (size_t i = 0; i < plan.size(); ++i) EXPECT_NEAR(plan[i].get<double>(), interp[i].get<double>(), 1e-3) << each;
    const Outcome picture =
        command({"render", each, "-o", "x.png", "--frames", "1", "--size", "80x60", "--engine", "interp"});
    EXPECT_EQ(picture.code, 0) << picture.err;
  }
}

TEST_F(EngineCommand, BothNameTheLineOfAFault) {
  for (const char* engine : {"plan", "interp"}) {
    const Outcome outcome = command({"run", "wander.duet", "--robot", "inverted_pendulum", "--steps", "300", "--set",
                                     "worst=-1", "--out", std::string("fault-") + engine, "--engine", engine});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("error[E0603]"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("wander.duet:6:"), std::string::npos) << outcome.err;
  }
}

TEST_F(EngineCommand, BothNameTheLineOfALossThatIsNaN) {
  scratch_.write("learner.duet", R"(
learner hopeless() {
  net v(obs) -> real = mlp([8], tanh)
  update(b) {
    minimize mean[batch](
      log(v(b.obs) - 1000)) over v with adam(1e-3)
  }
  act(s) = low
}

algorithm learning() {
  memory  real(1000)
  learner agent = hopeless()
  warm up 10 steps with uniform(action) into real
  loop {
    interact with agent.act into real
    update agent on mix(real, batch = 16)
  }
}
)");
  for (const char* engine : {"plan", "interp"}) {
    const Outcome outcome = command({"run", "learner.duet", "--robot", "inverted_pendulum", "--steps", "20", "--out",
                                     std::string("loss-") + engine, "--engine", engine});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("learner.duet:6:7: error[E0603]: `log` gave NaN"), std::string::npos) << outcome.err;
  }
}

TEST_F(EngineCommand, ProfilesAreOfThePlan) {
  run("b", {"--engine", "interp"});
  const Outcome outcome = command({"profile", "b"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("run of the interpreter"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace duet
