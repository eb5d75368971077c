// The compiled engine alone, half_cheetah sizes: time and share of the processor's peak of the workloads that a run
// consists of, on one thread and on two. The arithmetic is what remains after the passes (compiler/passes/cost.h).
// Clock on the wall, medians; the peak is measured in the same run. Arguments: the number of rounds, and a word: only
// rows whose name has it.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/passes/cost.h"
#include "runtime/kernels/peak.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/prepared_block.h"
#include "tests/bench/compiled_script.h"

namespace duet::bench {
namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

/// A script with transitions of random actions in its memory, on a number of threads.
struct Workload {
  Workload(const std::string& file, int threads, int64_t transitions,
           const std::map<std::string, std::string>& settings = {})
      : script(file, plan_pipeline(), settings) {
    EngineOptions options;
    options.steps = transitions;
    options.threads = threads;
    plan = std::make_unique<Plan>(script.program(), options);
    plan->run();
  }

  CompiledScript script;
  std::unique_ptr<Plan> plan;
};

struct Row {
  const char* name;
  int rounds;
  double peak[2];  // GFLOP/s of one thread and of two

  void print(int threads, double seconds, double flops) const {
    std::printf("%-44s %8d %11.3f %9.3f %9.1f %7.0f %%\n", name, threads, 1e3 * seconds, 1e-9 * flops,
                1e-9 * flops / seconds, 1e-7 * flops / seconds / peak[threads - 1]);
  }
};

/// Runs a block again and again; its parameters are filled with small numbers.
double time_block(Workload& workload, const Block& block, int rounds, int times) {
  std::vector<std::vector<int64_t>> sizes;
  for (const ValueId id : block.parameters) {
    sizes.emplace_back();
    for (const Axis& axis : workload.script.program().type(id).axes) sizes.back().push_back(axis.size);
  }
  const auto prepared = workload.plan->prepare(block, sizes);
  for (size_t i = 0; i < block.parameters.size(); ++i)
    for (size_t k = 0; k < prepared->input(i).size(); ++k) prepared->input(i)[k] = 0.05f * static_cast<float>(k % 7);
  prepared->run();
  std::vector<double> seconds;
  for (int r = 0; r < rounds; ++r)
    seconds.push_back(seconds_of([&] {
                        for (int i = 0; i < times; ++i) prepared->run();
                      }) /
                      times);
  return median(seconds);
}

void planning(const Row& row, int threads, const std::string& precision) {
  Workload workload("m_demorl_online.duet", threads, 1000, {{"plan.precision", precision}});
  const Block& block = workload.script.in_loop(Op::interact).blocks.at(1);
  row.print(threads, time_block(workload, block, row.rounds, 5), flops(workload.script.program(), block));
}

void planning_f32(const Row& row, int threads) {
  planning(row, threads, "f32");
}

void planning_bf16(const Row& row, int threads) {
  planning(row, threads, "bf16");
}

void updating(const Row& row, int threads) {
  Workload workload("sac.duet", threads, 1000);
  const Block& block = workload.script.in_loop(Op::repeat).blocks.at(0);
  row.print(threads, time_block(workload, block, row.rounds, 20), flops(workload.script.program(), block));
}

/// The statements of `fit`, with one pass over the training data in place of as many as it takes.
Block one_epoch(Workload& workload) {
  Block block = workload.script.in_loop(Op::every).blocks.at(0);
  const ValueId one = workload.script.value({});
  for (Node& node : block.nodes) {
    if (node.op != Op::until) continue;
    Block epoch = node.blocks.at(0);
    epoch.results.clear();
    node = {Op::repeat, {one}, {}, {}, {epoch}, node.span};
  }
  block.nodes.insert(block.nodes.begin(), Node{Op::constant, {}, {one}, {{"value", 1.0}}, {}, {}});
  return block;
}

void fitting(const Row& row, int threads) {
  Workload workload("m_demorl_online.duet", threads, 10000, {{"update_after", "10000"}});
  const Block block = one_epoch(workload);
  // Forward and backward for 8000 rows, forward for 2000, of 7 members; the weights of a layer 2 x rows x in x out.
  const double weights = 23 * 200 + 3 * 200 * 200 + 200 * 36;
  const double backward = 2 * weights - 23 * 200;  // no derivative with respect to the input
  const double arithmetic = 2 * 7 * (8000 * (weights + backward) + 2000 * weights);
  row.print(threads, time_block(workload, block, row.rounds, 1), arithmetic);
}

void imagining(const Row& row, int threads) {
  Workload workload("m_demorl.duet", threads, 1000, {{"starts", "1000"}, {"plan.H", "5"}});
  const Node& chunks = workload.script.in_loop(Op::chunks);
  const Block& block = chunks.blocks.at(0);
  row.print(threads, time_block(workload, block, row.rounds, 10), flops(workload.script.program(), block));
}

void acting(const Row& row, int threads) {
  Workload workload("sac.duet", threads, 1000);
  const Node& evaluate = workload.script.in_loop(Op::interact);
  const Block& block = evaluate.blocks.at(1);
  row.print(threads, time_block(workload, block, row.rounds, 1000), flops(workload.script.program(), block));
}

using Measure = void (*)(const Row& row, int threads);
struct Entry {
  const char* name;
  Measure measure;
  int most_threads;
};
constexpr Entry kEntries[] = {
    {"planning step, public settings", planning_f32, 2},    {"planning step, bf16", planning_bf16, 2},
    {"update of SAC 256x256, batch 256", updating, 2},      {"ensemble, one epoch of 10,000", fitting, 2},
    {"imagined data, 10 starts x 100 x H 5", imagining, 2}, {"policy 17-256-256-6 on one state", acting, 1},
};

void table(int rounds, const std::string& word) {
  const double one = kernels::measure_peak(1), two = kernels::measure_peak(2);
  std::printf("peak %.0f GFLOP/s on one thread, %.0f on two\n", one, two);
  std::printf("%-44s %8s %11s %9s %9s %9s\n", "half_cheetah, medians", "threads", "ms", "GFLOP", "GFLOP/s", "of peak");
  for (const Entry& entry : kEntries) {
    if (std::string_view(entry.name).find(word) == std::string_view::npos) continue;
    for (int threads = 1; threads <= entry.most_threads; ++threads)
      entry.measure({entry.name, rounds, {one, two}}, threads);
  }
}

}  // namespace
}  // namespace duet::bench

int main(int argc, char** argv) {
  duet::bench::table(argc > 1 ? std::max(1, std::atoi(argv[1])) : 9, argc > 2 ? argv[2] : "");
}
