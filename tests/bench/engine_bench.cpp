// The engine beside the same arithmetic written by hand in eager LibTorch, on one thread with the same allocator: the
// planner of the public M-DeMoRL implementation and one update of soft actor-critic (2 x 256, batch 256), half_cheetah.
// The sides take turns, the ratio is the median of the rounds', and processor time is measured, because the machine may be
// shared.
// An argument is the number of rounds.

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/bench/eager_learner.h"
#include "tests/bench/eager_planner.h"

namespace {

using duet::bench::seconds_of;

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

/// `ours` and `eager` give the seconds of one piece of work.
void compare(const char* name, int rounds, const std::function<double()>& ours, const std::function<double()>& eager) {
  ours();
  eager();
  std::vector<double> a, b, ratio;
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) {
      a.push_back(ours());
      b.push_back(eager());
    } else {
      b.push_back(eager());
      a.push_back(ours());
    }
    ratio.push_back(a.back() / b.back());
  }
  std::printf("%-58s %9.2f %9.2f %7.2f\n", name, 1e3 * median(a), 1e3 * median(b), median(ratio));
}

void planner(int rounds) {
  duet::bench::Workload workload("m_demorl_online.duet");
  duet::bench::EagerPlanner eager(workload);
  const at::Tensor state = workload.transitions().at(0)[100].contiguous();
  const std::vector<float> numbers(state.data_ptr<float>(), state.data_ptr<float>() + state.numel());
  const std::vector<duet::TensorData> inputs{{{duet::Kind::real, {{"obs", state.numel()}}}, numbers}};
  const at::NoGradGuard off;
  compare(
      "planner: 105 candidates, 4 particles, 5 iterations", rounds,
      [&] { return workload.seconds(workload.plan(), 2, inputs) / 2; },
      [&] {
        return seconds_of([&] {
                 eager.plan(state);
                 eager.plan(state);
               }) /
               2;
      });
}

void learner(int rounds) {
  duet::bench::Workload workload("sac.duet");
  duet::bench::EagerLearner eager(workload);
  constexpr int kUpdates = 10;
  compare(
      "update: soft actor-critic 256x256, batch 256", rounds,
      [&] { return workload.seconds(workload.update(), kUpdates, {}) / kUpdates; },
      [&] {
        return seconds_of([&] {
                 for (int i = 0; i < kUpdates; ++i) eager.update();
               }) /
               kUpdates;
      });
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  std::printf("%-58s %9s %9s %7s\n", "half_cheetah, one thread, medians", "ours ms", "eager ms", "ratio");
  planner(rounds);
  learner(rounds);
}
