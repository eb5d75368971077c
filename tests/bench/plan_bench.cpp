// The compiled engine alone, half_cheetah sizes: time and share of the processor's peak of the workloads that a run
// consists of, on one thread and on two. The arithmetic is what remains after the passes (compiler/passes/cost.h).
// Clock on the wall, medians; the peak is measured in the same run. Arguments: the number of rounds, and a word: only
// rows whose name has it.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/passes/cost.h"
#include "runtime/kernels/peak.h"
#include "tests/bench/parts.h"
#include "tests/bench/plan_side.h"
#include "tests/bench/stopwatch.h"

namespace duet::bench {
namespace {

struct Row {
  const char* name;
  int rounds;
  double peak[2];  // GFLOP/s of one thread and of two

  void print(int threads, double seconds, double flops) const {
    std::printf("%-44s %8d %11.3f %9.3f %9.1f %7.0f %%\n", name, threads, 1e3 * seconds, 1e-9 * flops,
                1e-9 * flops / seconds, 1e-7 * flops / seconds / peak[threads - 1]);
  }
};

/// The median time of a block that is run again and again, `times` at once.
double time_block(PlanSide& side, const Block& block, int rounds, int times) {
  const auto prepared = side.prepare(block);
  std::vector<double> seconds;
  for (int r = 0; r < rounds; ++r)
    seconds.push_back(seconds_of([&] {
                        for (int i = 0; i < times; ++i) prepared->run();
                      }) /
                      times);
  return median(seconds);
}

void planning(const Row& row, int threads, const std::string& precision) {
  PlanSide side("m_demorl_online.duet", threads, 1000, {{"plan.precision", precision}});
  const Block& block = bench::planning(side.script);
  row.print(threads, time_block(side, block, row.rounds, 5), flops(side.script.program(), block));
}

void planning_f32(const Row& row, int threads) {
  planning(row, threads, "f32");
}

void planning_bf16(const Row& row, int threads) {
  planning(row, threads, "bf16");
}

void updating(const Row& row, int threads) {
  PlanSide side("sac.duet", threads, 1000);
  const Block& block = bench::updating(side.script);
  row.print(threads, time_block(side, block, row.rounds, 20), flops(side.script.program(), block));
}

void fitting(const Row& row, int threads) {
  PlanSide side("m_demorl_online.duet", threads, 10000, {{"update_after", "10000"}});
  const Block block = one_epoch(side.script);
  row.print(threads, time_block(side, block, row.rounds, 1), epoch_flops(10000));
}

void imagining(const Row& row, int threads) {
  PlanSide side("m_demorl.duet", threads, 1000, {{"starts", "10000"}, {"plan.H", "5"}});
  const Block& block = bench::imagining(side.script);
  row.print(threads, time_block(side, block, row.rounds, 10), flops(side.script.program(), block));
}

void acting(const Row& row, int threads) {
  PlanSide side("sac.duet", threads, 1000);
  const Block& block = bench::acting(side.script);
  row.print(threads, time_block(side, block, row.rounds, 1000), flops(side.script.program(), block));
}

using Measure = void (*)(const Row& row, int threads);
struct Entry {
  const char* name;
  Measure measure;
  int most_threads;
};
constexpr Entry kEntries[] = {
    {"planning step, public settings", planning_f32, 2},       {"planning step, bf16", planning_bf16, 2},
    {"update of SAC 256x256, batch 256", updating, 2},         {"ensemble, one epoch of 10,000", fitting, 2},
    {"imagined data: 25 of 10,000 starts, H 5", imagining, 2}, {"policy 17-256-256-6 on one state", acting, 1},
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
