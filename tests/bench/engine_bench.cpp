// The compiled engine beside the interpreter and beside the same arithmetic written by hand in eager LibTorch,
// half_cheetah: the planner of the public M-DeMoRL implementation, one update of soft actor-critic (2 x 256, batch
// 256), one epoch of fitting an ensemble, imagined data. LibTorch runs with AVX-512 where the processor has it and an
// allocator that keeps what is freed. All sides take turns in each round; clock on the wall, medians; ratios are
// medians of those of the rounds. Arguments: the number of rounds, and a word: only rows whose name has it.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/bench/eager_ensemble.h"
#include "tests/bench/eager_learner.h"
#include "tests/bench/eager_planner.h"
#include "tests/bench/parts.h"
#include "tests/bench/plan_side.h"
#include "tests/bench/stopwatch.h"

namespace duet::bench {
namespace {

/// How often a side does its work in each turn, one time after the other as in a run: what the others have left in the
/// caches matters for the first time only.
constexpr int kInARow = 20;

/// Seconds of one piece of work on each side; a side that is not measured is empty.
struct Sides {
  std::function<double()> plan1, plan2, interpreter1, interpreter2, eager;
};

double ratio(const std::vector<double>& slow, const std::vector<double>& fast) {
  std::vector<double> all;
  for (size_t i = 0; i < slow.size(); ++i) all.push_back(slow[i] / fast[i]);
  return all.empty() ? 0 : median(all);
}

void compare(const char* name, int rounds, const Sides& sides) {
  const std::vector<const std::function<double()>*> all{&sides.plan1, &sides.plan2, &sides.interpreter1,
                                                        &sides.interpreter2, &sides.eager};
  std::vector<std::vector<double>> seconds(all.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t k = 0; k < all.size(); ++k) {
      const size_t i = round % 2 ? all.size() - 1 - k : k;
      if (!*all[i]) continue;
      const double taken = (*all[i])();
      if (round >= 0) seconds[i].push_back(taken);
    }
  }
  const auto ms = [&](size_t i) { return seconds[i].empty() ? 0 : 1e3 * median(seconds[i]); };
  std::printf("%-40s %8.2f %8.2f %9.2f %9.2f %8.2f %7.2f %7.2f %7.2f\n", name, ms(0), ms(1), ms(2), ms(3), ms(4),
              ratio(seconds[4], seconds[0]), ratio(seconds[4], seconds[1]), ratio(seconds[3], seconds[1]));
  std::fflush(stdout);
}

std::function<double()> timed(PreparedBlock& block, int times) {
  return [&block, times] {
    return seconds_of([&] {
             for (int i = 0; i < times; ++i) block.run();
           }) /
           times;
  };
}

std::function<double()> timed(Workload& workload, const Block& block, int threads, int times,
                              const std::vector<TensorData>& inputs = {}) {
  return [&workload, block, threads, times, inputs] {
    at::set_num_threads(threads);
    const double seconds = workload.seconds(block, times, inputs) / times;
    at::set_num_threads(1);
    return seconds;
  };
}

std::function<double()> timed(const std::function<void()>& work, int times) {
  return [work, times] {
    return seconds_of([&] {
             for (int i = 0; i < times; ++i) work();
           }) /
           times;
  };
}

void planner(const char* name, int rounds) {
  Workload workload("m_demorl_online.duet");
  PlanSide one("m_demorl_online.duet", 1), two("m_demorl_online.duet", 2);
  const auto block1 = one.prepare(planning(one.script)), block2 = two.prepare(planning(two.script));
  EagerPlanner eager(workload);
  const at::Tensor state = workload.transitions().at(0)[100].contiguous();
  const std::vector<float> numbers(state.data_ptr<float>(), state.data_ptr<float>() + state.numel());
  const std::vector<TensorData> inputs{{{Kind::real, {{"obs", state.numel()}}}, numbers}};
  const at::NoGradGuard off;
  const Block& block = planning(workload.script());
  compare(name, rounds,
          {timed(*block1, kInARow), timed(*block2, kInARow), timed(workload, block, 1, kInARow, inputs),
           timed(workload, block, 2, kInARow, inputs), timed([&] { eager.plan(state); }, kInARow)});
}

void learner(const char* name, int rounds) {
  Workload workload("sac.duet");
  PlanSide one("sac.duet", 1), two("sac.duet", 2);
  const auto block1 = one.prepare(updating(one.script)), block2 = two.prepare(updating(two.script));
  EagerLearner eager(workload);
  const Block& block = updating(workload.script());
  compare(name, rounds,
          {timed(*block1, kInARow), timed(*block2, kInARow), timed(workload, block, 1, kInARow),
           timed(workload, block, 2, kInARow), timed([&] { eager.update(); }, kInARow)});
}

void fitting(const char* name, int rounds) {
  const std::map<std::string, std::string> settings{{"update_after", "10000"}};
  const char* const file = "m_demorl_online.duet";
  Workload workload(file, 10000, settings);
  PlanSide one(file, 1, 10000, settings), two(file, 2, 10000, settings);
  const auto block1 = one.prepare(one_epoch(one.script)), block2 = two.prepare(one_epoch(two.script));
  EagerEnsemble eager(workload);
  const Block block = one_epoch(workload.script());
  compare(name, rounds,
          {timed(*block1, 1), timed(*block2, 1), timed(workload, block, 1, 1), timed(workload, block, 2, 1),
           timed([&] { eager.epoch(); }, 1)});
}

void imagined(const char* name, int rounds) {
  const std::map<std::string, std::string> settings{{"starts", "10000"}, {"plan.H", "5"}};
  Workload workload("m_demorl.duet", 1000, settings);
  PlanSide one("m_demorl.duet", 1, 1000, settings), two("m_demorl.duet", 2, 1000, settings);
  const auto block1 = one.prepare(imagining(one.script)), block2 = two.prepare(imagining(two.script));
  const Block& block = imagining(workload.script());
  const Type& type = workload.script().program().type(block.parameters.at(0));
  const std::vector<TensorData> inputs{{type, std::vector<float>(static_cast<size_t>(type.elements()), 0.1f)}};
  compare(name, rounds,
          {timed(*block1, kInARow),
           timed(*block2, kInARow),
           timed(workload, block, 1, kInARow, inputs),
           timed(workload, block, 2, kInARow, inputs),
           {}});
}

struct Entry {
  const char* name;
  void (*measure)(const char* name, int rounds);
};
constexpr Entry kEntries[] = {
    {"planning step, public settings", planner},
    {"update of SAC 256x256, batch 256", learner},
    {"ensemble, one epoch of 10,000", fitting},
    {"imagined data: 25 of 10,000 starts, H 5", imagined},
};

void table(int rounds, std::string_view word) {
  std::printf("%-40s %17s %19s %8s %15s %7s\n", "half_cheetah, medians of milliseconds", "plan, 1, 2 thr.",
              "interpreter, 1, 2", "eager, 1", "eager / plan", "interp");
  std::printf("%-40s %8s %8s %9s %9s %8s %7s %7s %7s\n", "", "1", "2", "1", "2", "1", "1", "2", "/plan 2");
  for (const Entry& entry : kEntries)
    if (std::string_view(entry.name).find(word) != std::string_view::npos) entry.measure(entry.name, rounds);
}

}  // namespace
}  // namespace duet::bench

int main(int argc, char** argv) {
  // Read when LibTorch chooses its kernels; without it AVX2 is the most that this version takes by itself.
  if (__builtin_cpu_supports("avx512f")) setenv("ATEN_CPU_CAPABILITY", "avx512", 0);
  duet::bench::table(argc > 1 ? std::max(1, std::atoi(argv[1])) : 9, argc > 2 ? argv[2] : "");
}
