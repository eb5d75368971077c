// Whole runs of the plan: the number of threads changes nothing, and a run that is interrupted ends as one that never
// was.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "compiler/graph/text.h"
#include "runtime/plan/plan.h"
#include "tests/engines/side.h"

namespace duet::test {
namespace {

constexpr int64_t kSteps = 300;

// Small, but for layers that are worth cutting into tiles, which threads share. A falling hopper has short episodes.
const std::vector<Script> kScripts = {
    {"m_demorl.duet",
     {{"warm_up", "200"},
      {"starts", "10"},
      {"updates", "2"},
      {"agent.hidden", "[64, 64]"},
      {"world.patience", "1"},
      {"world.hidden", "[64, 64]"},
      {"world.decay", "[1e-5, 2e-5, 3e-5]"},
      {"plan.N", "20"}},
     "hopper"},
    {"m_demorl_online.duet",
     {{"update_after", "200"},
      {"updates", "5"},
      {"agent.hidden", "[64, 64]"},
      {"world.patience", "1"},
      {"world.hidden", "[64, 64]"},
      {"world.decay", "[1e-5, 2e-5, 3e-5]"},
      {"plan.N", "20"},
      {"plan.iterations", "2"}},
     "hopper"},
    {"mppi_simulator.duet", {{"plan.N", "6"}, {"plan.H", "4"}}, "hopper"},
    {"sac.duet", {{"warm_up", "200"}, {"agent.hidden", "[64, 64]"}}, "hopper"},
};

/// How a run stands: its checkpoint and its metrics.
struct Stand {
  std::string checkpoint;
  std::vector<std::string> metrics;
  bool operator==(const Stand&) const = default;
};

/// Evaluated ten times as often as in the file.
std::string text_of(const Script& script) {
  std::string text = Compiled::text_of(DUET_ROOT "/algorithms/" + script.file);
  const std::string often = "every 100 steps";
  for (const std::string rare : {"every 1000 steps", "every evaluation steps"})
    if (const size_t at = text.find(rare); at != std::string::npos) return text.replace(at, rare.size(), often);
  ADD_FAILURE() << script.file << " is never evaluated";
  return text;
}

class WholeRuns : public testing::TestWithParam<Script> {
 protected:
  WholeRuns() : compiled_(text_of(GetParam()), GetParam().robot, GetParam().settings) {
    run_pipeline(compiled_.program, {}, plan_pipeline());
  }

  const Program& program() const { return compiled_.program; }
  size_t tiles() const {
    size_t n = 0;
    visit(program().main, [&](const Node& node) { n += node.op == Op::tile || node.op == Op::simulate; });
    return n;
  }

  /// Goes on from the checkpoint, if there is one, to the first safe point at or after `until`.
  void run(int threads, int64_t until) {
    Metrics metrics;
    Events events;
    events.add(metrics);
    std::atomic<bool> stop = false;
    EngineOptions options;
    options.steps = kSteps;
    options.threads = threads;
    options.events = &events;
    options.stop = &stop;
    options.at_safe_point = [&](int64_t step) { stop = step >= until; };
    Plan plan(program(), options);
    if (!stand_.checkpoint.empty()) plan.load(CheckpointReader(saved_.path()));
    EXPECT_EQ(plan.run(), until >= kSteps);
    save(plan, saved_.path());
    std::ifstream in(saved_.path(), std::ios::binary);
    stand_.checkpoint = {std::istreambuf_iterator<char>(in), {}};
    for (const MetricEvent& event : metrics.all)
      stand_.metrics.push_back(event.name + " " + std::to_string(event.step) + " " + real_text(event.value));
  }

  Stand whole(int threads) {
    stand_ = {};
    run(threads, kSteps);
    return stand_;
  }

  Compiled compiled_;
  Scratch saved_;
  Stand stand_;
};

TEST_P(WholeRuns, AreTheSameOnAnyNumberOfThreads) {
  EXPECT_GT(tiles(), 0u) << "there should be work for several threads";
  const Stand one = whole(1);
  EXPECT_GT(one.metrics.size(), 5u);
  for (const int threads : {2, 3}) {
    const Stand many = whole(threads);
    EXPECT_EQ(many.metrics, one.metrics);
    EXPECT_TRUE(many.checkpoint == one.checkpoint) << threads << " threads";
  }
}

TEST_P(WholeRuns, AreTheSameIfInterrupted) {
  const Stand uninterrupted = whole(2);
  stand_ = {};
  for (const int64_t until : {70, 200, 201, 250, 251, 283}) {
    run(1 + static_cast<int>(until % 3), until);
    EXPECT_FALSE(stand_.checkpoint == uninterrupted.checkpoint);
  }
  run(2, kSteps);
  EXPECT_EQ(stand_.metrics, uninterrupted.metrics);
  EXPECT_TRUE(stand_.checkpoint == uninterrupted.checkpoint);
}

INSTANTIATE_TEST_SUITE_P(Bundled, WholeRuns, testing::ValuesIn(kScripts),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace duet::test
