// All robots of robots/, from their scripts, as the command runs them. On one core: Environment::step beside the raw
// loop of MuJoCo (mj_step for every frame, then mj_rnePostConstraint). Then batches on 1, 2 ... threads.
//
// Both sides begin in the same state and get the same controls, which are drawn uniformly from the action's range; that
// they end in the same state is checked. They take turns, and processor time is measured, because the machine may be
// shared. Ratios are medians of the rounds'. An argument is the number of rounds, others are robots, by name or file.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/thread_pool.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/environment_batch.h"
#include "runtime/sim/mujoco_door.h"
#include "tests/runtime/sim/bench_robot.h"

namespace {

namespace fs = std::filesystem;
using duet::Environment;
using duet::test::median;
using duet::test::random_actions;
using duet::test::Robot;
using duet::test::seconds_of;

constexpr int kSteps = 100;              // control steps of a round, from a fresh start
constexpr std::size_t kRobots = 64;      // of a batch
constexpr std::size_t kBatchSteps = 10;  // of a batch in a round

/// Notes the control of every frame that MuJoCo steps while it lives: in each it asks its callback for the control
/// once, as long as the integrator has one stage.
class ControlRecorder {
 public:
  ControlRecorder() {
    recorder() = this;
    mjcb_control = [](const mjModel* m, mjData* d) { recorder()->note(*m, *d); };
  }
  ~ControlRecorder() { mjcb_control = nullptr; }
  ControlRecorder(const ControlRecorder&) = delete;
  ControlRecorder& operator=(const ControlRecorder&) = delete;

  std::vector<double> take() { return std::move(controls_); }

 private:
  static ControlRecorder*& recorder() {
    static ControlRecorder* current = nullptr;
    return current;
  }
  void note(const mjModel& m, const mjData& d) {
    if (m.opt.integrator == mjINT_RK4) throw std::runtime_error("a law of each frame with RK4 cannot be recorded");
    controls_.insert(controls_.end(), d.ctrl, d.ctrl + m.nu);
  }

  std::vector<double> controls_;
};

/// MuJoCo alone, from the state in which an environment is and with its constants.
class RawLoop {
 public:
  RawLoop(const mjModel* m, int frames) : m_(m), d_(mj_makeData(m)), frames_(frames) {}

  void start(const duet::Simulator& from) {
    m_ = &from.native().model;
    mj_resetData(m_, d_.get());
    std::ranges::copy(from.qpos(), d_->qpos);
    std::ranges::copy(from.qvel(), d_->qvel);
    std::ranges::copy(from.quantity("act").values, d_->act);
    std::ranges::copy(from.qacc_warmstart(), d_->qacc_warmstart);
    d_->time = from.time();
  }

  /// One control step with the same control in each frame.
  void step(const double* ctrl) {
    std::copy(ctrl, ctrl + m_->nu, d_->ctrl);
    for (int frame = 0; frame < frames_; ++frame) mj_step(m_, d_.get());
    mj_rnePostConstraint(m_, d_.get());
  }
  /// The same with a control of its own for each frame.
  void step_frames(const double* ctrl) {
    for (int frame = 0; frame < frames_; ++frame, ctrl += m_->nu) {
      std::copy(ctrl, ctrl + m_->nu, d_->ctrl);
      mj_step(m_, d_.get());
    }
    mj_rnePostConstraint(m_, d_.get());
  }

  bool is_at(const duet::Simulator& other) const {
    return std::ranges::equal(other.qpos(), std::span(d_->qpos, static_cast<std::size_t>(m_->nq)));
  }

 private:
  const mjModel* m_;
  duet::MjDataPtr d_;
  int frames_;
};

struct OneCore {
  double raw = 0, ours = 0, ratio = 0;  // seconds of a control step; how much of the raw loop's speed is left
  bool same = true;                     // both ended in the same states
};

/// What the environment gave the model's actuators in each frame of kSteps steps: a control law of the script may stand
/// in between.
std::vector<double> controls_of(Environment& environment, const duet::RobotProgram& robot,
                                const std::vector<double>& actions) {
  const std::size_t width = actions.size() / kSteps;
  std::optional<ControlRecorder> recorder;
  if (robot.control_each_frame) recorder.emplace();
  std::vector<double> held;
  for (int i = 0; i < kSteps; ++i) {
    environment.step(std::span(actions).subspan(static_cast<std::size_t>(i) * width, width));
    const std::span<const double> ctrl = environment.simulator().ctrl();
    for (int64_t frame = 0; frame < robot.frames; ++frame) held.insert(held.end(), ctrl.begin(), ctrl.end());
  }
  return recorder ? recorder->take() : held;
}

OneCore measure_one_core(Robot& robot, int rounds) {
  const mjModel* m = robot.model()->native().model.get();
  const auto frames = static_cast<int>(robot.program().robot.frames);
  const auto width = static_cast<std::size_t>(robot.program().robot.action), nu = static_cast<std::size_t>(m->nu);
  Environment environment(robot.model(), robot.program(), 1, 1);
  RawLoop raw(m, frames);
  OneCore result;
  std::vector<double> raw_times, times, ratios;
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> actions = random_actions(robot.program().robot, kSteps, static_cast<uint64_t>(round));
    environment.reset();
    const std::vector<std::byte> begin = environment.save();
    const std::vector<double> controls = controls_of(environment, robot.program().robot, actions);
    environment.restore(begin);
    raw.start(environment.simulator());
    const bool each_frame = robot.program().robot.control_each_frame;
    const auto run_raw = [&] {
      for (std::size_t i = 0; i < kSteps; ++i) {
        const double* ctrl = controls.data() + i * static_cast<std::size_t>(frames) * nu;
        each_frame ? raw.step_frames(ctrl) : raw.step(ctrl);
      }
    };
    const auto run_ours = [&] {
      for (int i = 0; i < kSteps; ++i)
        environment.step(std::span(actions).subspan(static_cast<std::size_t>(i) * width, width));
    };
    const auto timed = [](const auto& work) {
      const double began = seconds_of(CLOCK_THREAD_CPUTIME_ID);
      work();
      return (seconds_of(CLOCK_THREAD_CPUTIME_ID) - began) / kSteps;
    };
    const bool raw_first = round % 2 == 0;
    if (raw_first) raw_times.push_back(timed(run_raw));
    times.push_back(timed(run_ours));
    if (!raw_first) raw_times.push_back(timed(run_raw));
    ratios.push_back(raw_times.back() / times.back());
    result.same = result.same && raw.is_at(environment.simulator());
  }
  result.raw = median(raw_times);
  result.ours = median(times);
  result.ratio = median(ratios);
  return result;
}

/// Control steps a second of a batch on so many threads, by the clock on the wall, for each of the rounds.
std::vector<double> batch_rates(Robot& robot, const std::vector<int>& threads, int rounds) {
  std::vector<std::unique_ptr<duet::ThreadPool>> pools;
  std::vector<std::unique_ptr<duet::EnvironmentBatch>> batches;
  for (const int count : threads) {
    pools.push_back(std::make_unique<duet::ThreadPool>(count));
    batches.push_back(std::make_unique<duet::EnvironmentBatch>(robot.model(), robot.program(), kRobots, 1, 1,
                                                               duet::EpisodeEnd::restart, *pools.back()));
    batches.back()->reset();
  }
  std::vector<std::vector<double>> rates(threads.size());
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> actions =
        random_actions(robot.program().robot, kRobots * kBatchSteps, static_cast<uint64_t>(round));
    const std::size_t size = actions.size() / kBatchSteps;  // of the actions of one step
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const double began = seconds_of(CLOCK_MONOTONIC);
      for (std::size_t step = 0; step < kBatchSteps; ++step)
        batches[i]->step(std::span(actions).subspan(step * size, size));
      rates[i].push_back(static_cast<double>(kRobots * kBatchSteps) / (seconds_of(CLOCK_MONOTONIC) - began));
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& of_threads : rates) medians.push_back(median(of_threads));
  return medians;
}

void print_row(const std::string& name, int rounds, const std::vector<int>& threads) {
  Robot robot(name);
  const OneCore one = measure_one_core(robot, rounds);
  const auto frames = static_cast<double>(robot.program().robot.frames);
  std::printf("%-26s %6.0f %10.2f %10.2f %7.3f%s %11.0f %11.0f", name.c_str(), frames, 1e6 * one.raw, 1e6 * one.ours,
              one.ratio, one.same ? " " : "*", 1 / one.ours, frames / one.ours);
  const std::vector<double> rates = batch_rates(robot, threads, std::max(3, rounds / 4));
  for (std::size_t i = 0; i < rates.size(); ++i) {
    std::printf(" %10.0f", rates[i]);
    if (i > 0) std::printf(" %6.2f", rates[i] / rates[0]);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void print_head(const std::vector<int>& threads) {
  std::printf("%-26s %6s %10s %10s %8s %11s %11s", "one core; batches of 64", "frames", "raw us", "ours us", "ratio ",
              "control/s", "physics/s");
  for (const int count : threads) {
    std::printf(" %9dt", count);
    if (count != threads.front()) std::printf(" %6s", "x");
  }
  std::printf("\n");
}

std::vector<std::string> all_robots() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Robot::root("robots")))
    if (entry.path().extension() == ".duet") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 60;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (const int number = std::atoi(argv[i]); number > 0) {
      rounds = number;
    } else {
      names.emplace_back(argv[i]);
    }
  }
  if (names.empty()) names = all_robots();
  std::vector<int> threads = {1};
  while (2 * threads.back() <= duet::core_count()) threads.push_back(2 * threads.back());
  print_head(threads);
  for (const std::string& name : names) print_row(name, rounds, threads);
  std::printf("ratio: speed of the raw loop that is left; 0.9 is the bar. *: the states at the end differ\n");
}
