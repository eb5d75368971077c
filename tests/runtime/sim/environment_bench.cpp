// The time of Environment::step beside that of Simulator::step, for the half cheetah.

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "runtime/sim/environment.h"
#include "runtime/sim/simulator.h"
#include "tests/runtime/sim/hand_built.h"

namespace {

constexpr int kSteps = 200;
constexpr int kRounds = 400;

/// Of this thread only: the machine may be shared.
double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Step>
double time_of(Step step) {
  std::vector<double> action(6);
  const double began = cpu_seconds();
  for (int i = 0; i < kSteps; ++i) {
    for (int k = 0; k < 6; ++k) action[static_cast<std::size_t>(k)] = std::sin(0.3 * i + k);
    step(action);
  }
  return (cpu_seconds() - began) / kSteps;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  const auto model = duet::Model::load(std::string(DUET_ROOT) + "/robots/half_cheetah.xml");
  const std::vector<double> qvel(9, 0.0);
  const duet::Program program = duet::test::half_cheetah({model->facts().qpos0, qvel});
  duet::Simulator sim(model);
  duet::Environment environment(model, program, 1, 1);
  // Both go through the same states, in turns: what slows the machine down for a while slows both.
  std::vector<double> bare, ours, ratio;
  for (int round = 0; round < kRounds; ++round) {
    sim.reset(model->facts().qpos0, qvel);
    bare.push_back(time_of([&](const std::vector<double>& action) { sim.step(action, 5); }));
    environment.reset();
    ours.push_back(time_of([&](const std::vector<double>& action) { environment.step(action); }));
    ratio.push_back(ours.back() / bare.back());
  }
  std::printf("half_cheetah, one core, medians of %d rounds: Simulator::step %.2f us, Environment::step %.2f us, ",
              kRounds, 1e6 * median(bare), 1e6 * median(ours));
  std::printf("ratio %.3f\n", median(ratio));
  std::printf("least times: %.2f us, %.2f us\n", 1e6 * *std::min_element(bare.begin(), bare.end()),
              1e6 * *std::min_element(ours.begin(), ours.end()));
}
