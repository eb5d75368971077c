// What `precision bf16` does to plans: the planner of m_demorl_online.duet on half_cheetah, with a model that was
// fitted for a while, plans for the same observations and draws in float32 and in bfloat16. For comparison, what other
// draws do. Arguments: environment steps before (1500), and the number of observations (100).

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/atomic_file.h"
#include "runtime/plan/plan.h"
#include "tests/bench/compiled_script.h"

namespace duet::bench {
namespace {

using Floats = std::vector<float>;

Node* find_interact(Block& in) {
  for (Node& node : in.nodes) {
    if (node.op == Op::loop) return find_interact(node.blocks.at(0));
    if (node.op == Op::interact) return &node;
  }
  return nullptr;
}

double mean_distance(const Floats& a, const Floats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - b[i]);
  return sum / static_cast<double>(a.size());
}

double deviation(const Floats& x) {
  const double n = static_cast<double>(x.size()), mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double sum = 0;
  for (const float v : x) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / n);
}

size_t best(const Floats& scores) {
  return static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

/// What came out of planning once.
struct Outcome {
  Floats scores;  // of the candidates of the first iteration
  Floats plan;    // the mean of the finished plan, [H, action]
  Floats action;  // at its first step
};

/// The script in one precision. Its planner leaves in states what an Outcome needs.
class Planner {
 public:
  Planner(const std::string& precision, uint64_t seed, int64_t steps = 0)
      : script_("m_demorl_online.duet", {}, {{"plan.precision", precision}}) {
    Block& act = find_interact(script_.program().main)->blocks.at(1);
    scores_ = keep(act, "J", "candidate", false);
    mean_ = keep(act, "mean", "H", true);
    run_pipeline(script_.program(), {}, plan_pipeline());
    EngineOptions options;
    options.threads = 2;
    options.seed = seed;
    options.steps = steps;
    engine = std::make_unique<Plan>(script_.program(), options);
  }

  /// Plans anew, as at the beginning of an episode.
  Outcome plan(const Floats& observation) {
    const Node& interact = script_.in_loop(Op::interact);
    engine->evaluate(interact.blocks.at(0));
    const std::vector<TensorData> inputs{
        {{Kind::real, {{"obs", static_cast<int64_t>(observation.size())}}}, observation}};
    const auto start = std::chrono::steady_clock::now();
    engine->evaluate(interact.blocks.at(1), inputs);
    milliseconds.push_back(1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    const TensorData mean = engine->evaluate(mean_).at(0);  // [H, action]
    const Floats action(mean.data.begin(), mean.data.begin() + mean.type.size_of("action"));
    return {engine->evaluate(scores_).at(0).data, mean.data, action};
  }

  /// Observations that were seen, one after the other.
  Floats observations(int64_t count) {
    const int64_t width = script_.program().robot.obs;
    const ValueId id = script_.value({Kind::real, {{"n", count}, {"obs", width}}});
    const Attributes attributes{
        {"memory", int64_t{0}}, {"count", count}, {"axis", std::string("n")}, {"site", int64_t{0}}};
    return engine->evaluate({{}, {{Op::sample_starts, {}, {id}, attributes, {}, {}}}, {id}}).at(0).data;
  }

  std::unique_ptr<Plan> engine;
  std::vector<double> milliseconds;

 private:
  using Attributes = std::map<std::string, Attribute>;

  /// Assigns the first or last value with this name and axis, before an action is chosen, to a new state. Gives a block
  /// that reads it.
  Block keep(Block& block, const std::string& name, const std::string& axis, bool last) {
    Program& program = script_.program();
    auto found = block.nodes.end();
    for (auto node = block.nodes.begin(); node != block.nodes.end() && node->op != Op::categorical; ++node) {
      if (node->results.empty()) continue;
      const Value& value = program.values[static_cast<size_t>(node->results[0])];
      if (value.name == name && value.type.has(axis) && (last || found == block.nodes.end())) found = node;
    }
    if (found == block.nodes.end()) throw std::runtime_error("the planner has no " + name);
    const ValueId id = found->results[0], read = script_.value(program.type(id));
    const Attributes state{{"state", static_cast<int64_t>(program.states.size())}};
    program.states.push_back({"kept." + name, program.type(id), {}});
    block.nodes.insert(found + 1, {Op::assign, {id}, {}, state, {}, {}});
    return {{}, {{Op::load, {}, {read}, state, {}, {}}}, {read}};
  }

  CompiledScript script_;
  Block scores_, mean_;
};

/// Averages over observations.
struct Effect {
  double error = 0;                         // of scores, in standard deviations of the scores of all candidates
  double largest = 0;                       // the largest of a candidate
  double same = 0;                          // the same candidate is best
  double loss = 0;                          // how much worse in float32 is the candidate that is best in bfloat16
  double action = 0, plan = 0;              // distance of the first actions, and of whole plans
  double other_action = 0, other_plan = 0;  // the same between other draws

  void add(const Outcome& exact, const Outcome& rounded, const Outcome& otherwise, double share) {
    const double spread = deviation(exact.scores);
    error += share * mean_distance(exact.scores, rounded.scores) / spread;
    for (size_t i = 0; i < exact.scores.size(); ++i)
      largest = std::max(largest, std::abs(exact.scores[i] - rounded.scores[i]) / spread);
    const size_t a = best(exact.scores), b = best(rounded.scores);
    same += a == b ? share : 0;
    loss += share * (exact.scores[a] - exact.scores[b]) / spread;
    action += share * mean_distance(exact.action, rounded.action);
    plan += share * mean_distance(exact.plan, rounded.plan);
    other_action += share * mean_distance(exact.action, otherwise.action);
    other_plan += share * mean_distance(exact.plan, otherwise.plan);
  }
};

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

void table(int64_t steps, int64_t count) {
  const auto path = std::filesystem::temp_directory_path() / "duet-precision-bench";
  Planner trained("f32", 1, steps), exact("f32", 1), rounded("bf16", 1), otherwise("f32", 1);
  trained.engine->run();
  {
    CheckpointWriter writer;
    trained.engine->save(writer);
    AtomicFile file(path);
    writer.write(file);
    file.commit();
  }
  for (Planner* planner : {&exact, &rounded, &otherwise}) planner->engine->load(CheckpointReader(path));
  std::filesystem::remove(path);
  const Floats seen = trained.observations(count);
  const auto width = static_cast<std::ptrdiff_t>(seen.size()) / count;
  const auto observation = [&](int64_t i) { return Floats(seen.begin() + i * width, seen.begin() + (i + 1) * width); };
  otherwise.plan(observation(0));  // its draws run ahead of those of the others
  Effect effect;
  for (int64_t i = 0; i < count; ++i)
    effect.add(exact.plan(observation(i)), rounded.plan(observation(i)), otherwise.plan(observation(i)),
               1 / static_cast<double>(count));
  std::printf("half_cheetah after %lld steps, %lld observations; actions lie in -1..1\n", static_cast<long long>(steps),
              static_cast<long long>(count));
  std::printf("error of a score, in deviations of the candidates' scores    %8.4f on average, %.4f at most\n",
              effect.error, effect.largest);
  std::printf("the same candidate is best                                   %7.0f %%\n", 100 * effect.same);
  std::printf("loss by the other choice, in deviations                      %8.4f\n", effect.loss);
  std::printf("distance of the planned actions: the first, all              %8.4f %8.4f\n", effect.action, effect.plan);
  std::printf("the same between two plans of float32 with other draws       %8.4f %8.4f\n", effect.other_action,
              effect.other_plan);
  std::printf("a plan on two threads takes                                  %8.1f ms in float32, %.1f ms in bfloat16\n",
              median(exact.milliseconds), median(rounded.milliseconds));
}

}  // namespace
}  // namespace duet::bench

int main(int argc, char** argv) {
  duet::bench::table(argc > 1 ? std::atoll(argv[1]) : 1500, argc > 2 ? std::atoll(argv[2]) : 100);
}
