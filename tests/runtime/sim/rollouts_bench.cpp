// Rollouts of the true simulator on two threads, as a planner asks for them, beside the same number of mj_step calls by
// two plain threads, which do nothing else: no reward, no bookkeeping, half of the candidates each, the same states and
// controls.
//
// Both take turns within every round. By the clock on the wall, the ratio also counts how well the threads are kept
// busy; by processor time, only the work that is done besides mj_step. Ratios are medians of the rounds'. An argument
// is the number of rounds, others are robots.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "runtime/core/thread_pool.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/rollout_batch.h"
#include "tests/runtime/sim/bench_robot.h"

namespace {

using duet::Environment;
using duet::test::median;
using duet::test::random_actions;
using duet::test::Robot;
using duet::test::seconds_of;

constexpr std::size_t kCandidates = 64, kSteps = 30, kThreads = 2;

/// Where a simulation begins.
struct Start {
  std::vector<double> qpos, qvel, act, warmstart;
};

Start start_of(const duet::Simulator& sim) {
  const auto copy = [](std::span<const double> from) { return std::vector<double>(from.begin(), from.end()); };
  return {copy(sim.qpos()), copy(sim.qvel()), copy(sim.quantity("act").values), copy(sim.qacc_warmstart())};
}

/// How many steps each candidate lives, the one that ends it included.
std::vector<std::size_t> lengths_of(const std::vector<float>& alive) {
  std::vector<std::size_t> lengths(kCandidates, 1);
  for (std::size_t i = 0; i + kCandidates < alive.size(); ++i) lengths[i % kCandidates] += alive[i] != 0;
  return lengths;
}

/// mj_step alone, of every kThreads-th candidate from `first` on.
void step_raw(const mjModel* m, mjData* d, const Start& start, const std::vector<float>& controls,
              const std::vector<std::size_t>& lengths, int frames, std::size_t first) {
  const auto nu = static_cast<std::size_t>(m->nu);
  for (std::size_t row = first; row < kCandidates; row += kThreads) {
    std::ranges::copy(start.qpos, d->qpos);
    std::ranges::copy(start.qvel, d->qvel);
    std::ranges::copy(start.act, d->act);
    std::ranges::copy(start.warmstart, d->qacc_warmstart);
    for (std::size_t step = 0; step < lengths[row]; ++step) {
      const float* ctrl = controls.data() + (step * kCandidates + row) * nu;
      std::copy(ctrl, ctrl + nu, d->ctrl);
      for (int frame = 0; frame < frames; ++frame) mj_step(m, d);
    }
  }
}

struct Times {
  double wall = 0, processor = 0;
};

template <class Work>
Times timed(Work work) {
  const double wall = seconds_of(CLOCK_MONOTONIC), processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {seconds_of(CLOCK_MONOTONIC) - wall, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor};
}

void print_row(const std::string& name, int rounds) {
  Robot robot(name);
  const mjModel* m = robot.model()->native().model.get();
  const auto frames = static_cast<int>(robot.program().robot.frames);
  Environment environment(robot.model(), robot.program(), 1, 1);
  duet::ThreadPool pool(kThreads);
  duet::RolloutBatch batch(robot.model(), robot.program());
  const std::array<duet::MjDataPtr, kThreads> data{duet::MjDataPtr(mj_makeData(m)), duet::MjDataPtr(mj_makeData(m))};
  const std::vector<const Environment*> robots{&environment};
  std::vector<float> rewards(kSteps * kCandidates), alive(kSteps * kCandidates);
  std::vector<double> raw_times, our_times, wall_ratios, processor_ratios, rates;
  for (int round = 0; round < rounds; ++round) {
    environment.reset();
    const std::vector<double> actions =
        random_actions(robot.program().robot, kSteps * kCandidates, static_cast<uint64_t>(round));
    const std::vector<float> controls(actions.begin(), actions.end());
    const Start start = start_of(environment.simulator());
    batch.run(pool, robots, {kSteps, kCandidates, controls, {}, {}, alive});
    const std::vector<std::size_t> lengths = lengths_of(alive);
    const auto run_raw = [&] {
      std::thread other([&] { step_raw(m, data[1].get(), start, controls, lengths, frames, 1); });
      step_raw(m, data[0].get(), start, controls, lengths, frames, 0);
      other.join();
    };
    const auto run_ours = [&] { batch.run(pool, robots, {kSteps, kCandidates, controls, rewards, {}, {}}); };
    Times raw, ours;
    if (round % 2 == 0) raw = timed(run_raw);
    ours = timed(run_ours);
    if (round % 2 == 1) raw = timed(run_raw);
    raw_times.push_back(raw.wall);
    our_times.push_back(ours.wall);
    wall_ratios.push_back(raw.wall / ours.wall);
    processor_ratios.push_back(raw.processor / ours.processor);
    const auto steps = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
    rates.push_back(static_cast<double>(steps) * frames / ours.wall);
  }
  std::printf("%-26s %10.2f %10.2f %10.3f %10.3f %12.0f\n", name.c_str(), 1e3 * median(raw_times),
              1e3 * median(our_times), median(wall_ratios), median(processor_ratios), median(rates));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 40;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (const int number = std::atoi(argv[i]); number > 0) {
      rounds = number;
    } else {
      names.emplace_back(argv[i]);
    }
  }
  if (names.empty()) names = {"half_cheetah", "hopper", "inverted_double_pendulum", "ant", "humanoid"};
  std::printf("%-26s %10s %10s %10s %10s %12s\n", "64 x 30 on two threads", "raw ms", "ours ms", "wall", "processor",
              "physics/s");
  for (const std::string& name : names) print_row(name, rounds);
  std::printf("wall, processor: speed of raw mj_step on two threads that is left; 0.9 is the bar for half_cheetah\n");
}
