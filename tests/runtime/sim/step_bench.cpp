// Physics steps per second of Simulator::step beside a bare loop of mj_step.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/simulator.h"

namespace {

constexpr int kFrames = 5;
constexpr int kSteps = 1000;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double control(int step, int actuator) {
  return std::sin(0.3 * step + actuator);
}

double simulator_rate(const std::shared_ptr<const duet::Model>& model) {
  duet::Simulator sim(model);
  std::vector<double> ctrl(sim.ctrl().size());
  const double began = seconds();
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t i = 0; i < ctrl.size(); ++i) ctrl[i] = control(step, static_cast<int>(i));
    sim.step(ctrl, kFrames);
  }
  return kSteps * kFrames / (seconds() - began);
}

double bare_rate(const std::shared_ptr<const duet::Model>& model) {
  const mjModel* m = model->native().model.get();
  const duet::MjDataPtr data(mj_makeData(m));
  mj_forward(m, data.get());
  const double began = seconds();
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < m->nu; ++i) data->ctrl[i] = control(step, i);
    for (int frame = 0; frame < kFrames; ++frame) mj_step(m, data.get());
  }
  return kSteps * kFrames / (seconds() - began);
}

double branch_rate(const std::shared_ptr<const duet::Model>& model) {
  duet::Simulator sim(model);
  const std::vector<double> state = sim.save();
  const double began = seconds();
  for (int i = 0; i < kSteps; ++i) sim.restore(state);
  return kSteps / (seconds() - began);
}

double reset_rate(const std::shared_ptr<const duet::Model>& model) {
  duet::Simulator sim(model);
  const std::vector<double> qvel(sim.qvel().size(), 0.0);
  const double began = seconds();
  for (int i = 0; i < 1000; ++i) sim.reset(model->facts().qpos0, qvel);
  return 1000 / (seconds() - began);
}

}  // namespace

int main() {
  const auto model = duet::Model::load(std::string(DUET_ROOT) + "/robots/half_cheetah.xml");
  double bare = 0.0, ours = 0.0;
  for (int round = 0; round < 50; ++round) {  // The best of fifty, taken in turns: the machine may be shared.
    bare = std::max(bare, bare_rate(model));
    ours = std::max(ours, simulator_rate(model));
  }
  std::printf("half_cheetah, one core: bare mj_step %.0f steps/s, Simulator::step %.0f steps/s (%.1f %%)\n", bare, ours,
              100.0 * ours / bare);
  std::printf("restore %.0f /s, reset %.0f /s\n", branch_rate(model), reset_rate(model));
}
