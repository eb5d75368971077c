// Every bundled script: checked, compiled for each robot, and run for a short while on a small scale.

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "compiler/base/render.h"
#include "compiler/graph/verify.h"
#include "compiler/passes/pipeline.h"
#include "tests/compiler/elaborate/compiled.h"
#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> scripts(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(DUET_ROOT "/" + folder))
    if (entry.path().extension() == ".duet") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Settings that make an algorithm small. It must fit its models at least once within kSteps.
const std::map<std::string, std::string> kSmallEnsemble = {{"world.members", "3"},
                                                           {"world.elites", "2"},
                                                           {"world.hidden", "[8, 8]"},
                                                           {"world.decay", "[1e-5, 2e-5, 3e-5]"},
                                                           {"world.patience", "1"}};

std::map<std::string, std::string> with_ensemble(std::map<std::string, std::string> settings) {
  settings.insert(kSmallEnsemble.begin(), kSmallEnsemble.end());
  return settings;
}

const std::map<std::string, std::string> kSmallPlan = {{"plan.N", "10"}, {"plan.H", "4"}, {"plan.iterations", "2"}};

std::map<std::string, std::string> with_plan(std::map<std::string, std::string> settings) {
  settings.insert(kSmallPlan.begin(), kSmallPlan.end());
  return settings;
}

const std::map<std::string, std::map<std::string, std::string>> kSmall = {
    {"cem.duet", kSmallPlan},
    {"icem.duet", with_plan({{"plan.elites", "4"}, {"plan.kept", "2"}})},
    {"loop.duet", with_ensemble(with_plan(
                      {{"warm_up", "60"}, {"agent.hidden", "[8, 8]"}, {"plan.plans", "2"}, {"plan.particles", "2"}}))},
    {"mppi_adaptive.duet", kSmallPlan},
    {"ars.duet", {{"directions", "2"}, {"top", "1"}}},
    {"behaviour_cloning.duet",
     {{"demonstrations", "60"}, {"updates", "2"}, {"student.hidden", "[8]"}, {"expert.N", "5"}, {"expert.H", "3"}}},
    {"ddpg.duet", {{"warm_up", "60"}, {"batch", "16"}, {"agent.hidden", "[8, 8]"}}},
    {"demo_layer.duet", with_ensemble({{"warm_up", "60"},
                                       {"plan.N", "10"},
                                       {"plan.elites", "2"},
                                       {"plan.H", "4"},
                                       {"agent.directions", "2"},
                                       {"agent.top", "1"}})},
    {"m_demorl_mopac_fork.duet", with_ensemble({{"warm_up", "60"},
                                                {"starts", "6"},
                                                {"kept", "100"},
                                                {"updates", "1"},
                                                {"agent.hidden", "[8, 8]"},
                                                {"plan.N", "10"}})},
    {"mbpo.duet",
     with_ensemble(
         {{"warm_up", "60"}, {"starts", "10"}, {"kept", "100"}, {"updates", "1"}, {"agent.hidden", "[8, 8]"}})},
    {"mopac.duet", with_ensemble({{"warm_up", "60"},
                                  {"starts", "6"},
                                  {"kept", "100"},
                                  {"updates", "1"},
                                  {"agent.hidden", "[8, 8]"},
                                  {"plan.N", "10"}})},
    {"droq.duet", {{"warm_up", "60"}, {"updates", "2"}, {"batch", "16"}, {"agent.hidden", "[8, 8]"}}},
    {"redq.duet",
     {{"warm_up", "60"}, {"updates", "2"}, {"batch", "16"}, {"agent.hidden", "[8, 8]"}, {"agent.critics", "3"}}},
    {"td3.duet", {{"warm_up", "60"}, {"batch", "16"}, {"agent.hidden", "[8, 8]"}}},
    {"pets.duet", with_ensemble(with_plan({{"plan.copies", "2"}}))},
    {"pets_mppi.duet", with_ensemble(with_plan({{"plan.particles", "2"}}))},
    {"poplin_a.duet", with_ensemble(with_plan({{"updates", "5"}, {"agent.hidden", "[8]"}, {"plan.copies", "2"}}))},
    {"poplin_p.duet", with_ensemble(with_plan({{"updates", "5"}, {"agent.hidden", "[8]"}, {"plan.copies", "2"}}))},
    {"random_shooting.duet", {{"plan.N", "10"}, {"plan.H", "4"}}},
    {"td_mpc_style.duet", with_ensemble({{"warm_up", "60"},
                                         {"agent.hidden", "[8, 8]"},
                                         {"plan.N", "10"},
                                         {"plan.plans", "2"},
                                         {"plan.elites", "3"},
                                         {"plan.iterations", "2"}})},
    {"m_demorl.duet",
     with_ensemble(
         {{"warm_up", "60"}, {"starts", "6"}, {"updates", "1"}, {"agent.hidden", "[8, 8]"}, {"plan.N", "10"}})},
    {"m_demorl_pendulum.duet",
     with_ensemble(
         {{"warm_up", "60"}, {"starts", "6"}, {"updates", "1"}, {"agent.hidden", "[8, 8]"}, {"plan.N", "10"}})},
    {"m_demorl_online.duet", with_ensemble({{"update_after", "60"},
                                            {"updates", "2"},
                                            {"agent.hidden", "[8, 8]"},
                                            {"plan.N", "8"},
                                            {"plan.plans", "2"},
                                            {"plan.particles", "2"},
                                            {"plan.iterations", "2"}})},
    {"exponentiated_gradient.duet", {{"plan.N", "5"}, {"plan.H", "4"}, {"plan.rounds", "2"}}},
    {"gradient_mpc.duet", with_ensemble({{"warm_up", "60"}, {"plan.H", "3"}, {"plan.rounds", "2"}})},
    {"natural_gradient.duet", {{"plan.N", "5"}, {"plan.H", "4"}, {"plan.rounds", "2"}}},
    {"mppi_simulator.duet", {{"plan.N", "5"}, {"plan.H", "4"}}},
    {"predictive_sampling.duet", {{"plan.N", "5"}, {"plan.H", "4"}, {"plan.rounds", "2"}}},
    {"random.duet", {}},
    {"sac.duet", {{"warm_up", "60"}, {"batch", "16"}, {"agent.hidden", "[8, 8]"}}}};
/// Those without a policy that learns.
const std::set<std::string> kLearnNothing = {
    "cem.duet",           "exponentiated_gradient.duet", "gradient_mpc.duet",     "icem.duet",
    "mppi_adaptive.duet", "mppi_simulator.duet",         "natural_gradient.duet", "pets.duet",
    "pets_mppi.duet",     "predictive_sampling.duet",    "random.duet",           "random_shooting.duet"};
/// Those whose robot must define the reward for planners.
const std::set<std::string> kKnownReward = {"demo_layer.duet", "pets.duet", "pets_mppi.duet", "poplin_a.duet",
                                            "poplin_p.duet"};
constexpr int64_t kSteps = 265;
const std::vector<std::string> kRobots = {"inverted_pendulum", "inverted_double_pendulum", "hopper", "half_cheetah"};
const std::vector<std::string> kRobotsOfKnownReward = {"pets_cartpole", "pets_half_cheetah"};

class Metrics : public Observer {
 public:
  void metric(const MetricEvent& event) override { values[event.name].push_back(event.value); }
  std::map<std::string, std::vector<double>> values;
};

TEST(Bundled, EveryScriptIsRight) {
  std::vector<std::string> all = scripts("algorithms");
  for (const std::string& robot : scripts("robots")) all.push_back(robot);
  ASSERT_GE(all.size(), 13u);
  for (const std::string& path : all) {
    SourceMap sources;
    Diagnostics diagnostics;
    Library library(sources, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"});
    const ast::File* file = library.load(path, diagnostics);
    ASSERT_TRUE(file) << path;
    EXPECT_FALSE(file->items.empty()) << path;
    check_file(sources, library, *file, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render_text(diagnostics, sources);
  }
}

TEST(Bundled, EveryAlgorithmIsTestedHere) {
  std::set<std::string> names, known;
  for (const auto& entry : fs::directory_iterator(DUET_ROOT "/algorithms"))
    if (entry.path().extension() == ".duet") names.insert(entry.path().filename().string());
  for (const auto& [name, settings] : kSmall) known.insert(name);
  EXPECT_EQ(names, known);
}

class Algorithms : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  std::string text() const {
    return test::Compiled::text_of(std::string(DUET_ROOT "/algorithms/") + std::get<0>(GetParam()));
  }
  const std::string& robot() const { return std::get<1>(GetParam()); }
};

TEST_P(Algorithms, AreWellFormedAsTheyStand) {
  test::Compiled compiled(text(), robot());  // verified there
  ASSERT_FALSE(HasFailure());
  const size_t before = count_nodes(compiled.program);
  run_pipeline(compiled.program, {.verify_options = {.sizes_known = true}});  // verifies after each pass
  EXPECT_EQ(verify(compiled.program, {.sizes_known = true}), std::vector<std::string>{});
  EXPECT_LE(count_nodes(compiled.program), before);
}

TEST_P(Algorithms, RunForAWhile) {
  test::Compiled compiled(text(), robot(), kSmall.at(std::get<0>(GetParam())));
  ASSERT_FALSE(HasFailure());
  run_pipeline(compiled.program, {.verify_options = {.sizes_known = true}});
  Events events;
  Metrics metrics;
  events.add(metrics);
  bool fits = false, records = false, plays = false;
  test::visit(compiled.program.main, [&](const Node& node) {
    fits = fits || node.op == Op::each_batch;
    records = records || node.op == Op::store;
    plays = plays || node.op == Op::play;
  });
  std::vector<int64_t> weights;
  for (const char* policy : {"agent.pi.", "student.pi.", "agent.M"})
    for (const int64_t id : compiled.states(policy)) weights.push_back(id);
  const bool learns = !kLearnNothing.count(std::get<0>(GetParam()));
  ASSERT_EQ(weights.empty(), !learns);
  const Block policy = learns ? compiled.getter(weights[0]) : Block{};
  std::vector<Block> seen;
  for (const MemoryInfo& memory : compiled.program.memories)
    if (memory.name != "imagined") seen.push_back(compiled.contents(memory.name));
  const Block imagined = records ? compiled.contents("imagined") : Block{};
  EngineOptions options;
  options.seed = 3;
  options.steps = kSteps;
  options.events = &events;
  Interpreter engine(compiled.program, options);
  const auto start = learns ? engine.evaluate(policy).at(0).data : std::vector<float>{};
  EXPECT_TRUE(engine.run());
  // Episodes are played to their end; only other steps are remembered.
  EXPECT_TRUE(engine.step() == kSteps || (plays && engine.step() > kSteps)) << engine.step();
  int64_t remembered = 0;
  for (const Block& memory : seen) remembered += static_cast<int64_t>(engine.evaluate(memory).at(2).data.size());
  EXPECT_TRUE(remembered == engine.step() || (plays && remembered < engine.step())) << remembered;
  if (learns) {
    EXPECT_NE(engine.evaluate(policy).at(0).data, start) << "the policy learned nothing";
  }
  if (fits) {
    EXPECT_FALSE(metrics.values["world.holdout_error"].empty());
  }
  if (!records) return;
  const auto parts = engine.evaluate(imagined);
  EXPECT_GE(parts[2].data.size(), 6u) << "at least the first step of each start";
  for (const TensorData& part : parts)
    for (const float x : part.data) ASSERT_TRUE(std::isfinite(x));
}

/// How long the first episode of the inverted double pendulum lasts; 1 more than `steps` if it does not end.
int64_t first_fall(const std::string& script, const std::map<std::string, std::string>& settings, int64_t steps) {
  test::Compiled compiled(test::Compiled::text_of(DUET_ROOT "/algorithms/" + script), "inverted_double_pendulum",
                          settings);
  run_pipeline(compiled.program, {.verify_options = {.sizes_known = true}});
  Events events;
  Metrics metrics;
  events.add(metrics);
  EngineOptions options;
  options.seed = 1;
  options.steps = steps;
  options.events = &events;
  Interpreter(compiled.program, options).run();
  const std::vector<double>& lengths = metrics.values["train/length"];
  return lengths.empty() ? steps + 1 : static_cast<int64_t>(lengths[0]);
}

TEST(Bundled, PlanningOnTheSimulatorBalances) {
  EXPECT_LT(first_fall("predictive_sampling.duet", {{"plan.sigma", "0"}, {"plan.rounds", "1"}}, 100), 20)
      << "without candidates it does nothing";
  EXPECT_GT(first_fall("predictive_sampling.duet", {}, 150), 150) << "it stands as long as we look";
  EXPECT_GT(first_fall("mppi_simulator.duet", {}, 100), 40);
}

/// Every script with each robot that it can run on.
std::vector<std::tuple<std::string, std::string>> pairs() {
  std::vector<std::tuple<std::string, std::string>> result;
  for (const auto& [name, settings] : kSmall)
    for (const std::string& robot : kKnownReward.count(name) ? kRobotsOfKnownReward : kRobots)
      result.emplace_back(name, robot);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Bundled, Algorithms, testing::ValuesIn(pairs()), [](const auto& test) {
  const std::string name = std::get<0>(test.param);
  return name.substr(0, name.find('.')) + "_on_" + std::get<1>(test.param);
});

}  // namespace
}  // namespace duet
