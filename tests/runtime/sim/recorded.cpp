#include "tests/runtime/sim/recorded.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "runtime/core/random.h"

namespace duet::test {

namespace {

void append(NpyFile& file, std::span<const double> row) {
  file.values.insert(file.values.end(), row.begin(), row.end());
  ++file.shape[0];
}

/// Numbers that 32 bits hold, as the actions of many recordings are.
std::vector<double> action_at(const RecordingPlan& plan, std::size_t trajectory, std::size_t step, std::size_t size) {
  std::vector<double> action(size);
  fill_uniform({plan.seed, trajectory, step}, 0, std::span<double>(action));
  for (double& x : action) x = static_cast<float>(plan.action_scale * (2 * x - 1));
  return action;
}

class Recorder {
 public:
  Recorder(Environment& environment, const RobotProgram& robot, const RecordingPlan& plan)
      : environment_(environment), plan_(plan), size_(static_cast<std::size_t>(robot.action)) {
    const ModelFacts& facts = environment.simulator().model().facts();
    const auto nq = static_cast<std::size_t>(facts.nq), nv = static_cast<std::size_t>(facts.nv),
               obs = static_cast<std::size_t>(robot.obs);
    for (const char* name : {"qpos_set", "qpos0", "check_qpos"}) files_.arrays[name] = {{0, nq}, {}};
    for (const char* name : {"qvel0", "warm0", "check_qvel", "check_warm"}) files_.arrays[name] = {{0, nv}, {}};
    for (const char* name : {"obs", "obs0"}) files_.arrays[name] = {{0, obs}, {}};
    for (const char* name : {"obs_row", "check_row"}) files_.arrays[name] = {{0, 2}, {}, "i4"};
    files_.arrays["reward"] = {{0}, {}};
    files_.arrays["terminated"] = {{0}, {}, "u1"};
    files_.arrays["offset"] = {{1}, {0}, "i8"};
    files_.arrays["actions"] = {{plan.trajectories, plan.steps, size_},
                                std::vector<double>(plan.trajectories * plan.steps * size_)};
    files_.meta = {{"env", plan.env},
                   {"nq", nq},
                   {"nv", nv},
                   {"nu", size_},
                   {"obs_dim", obs},
                   {"frame_skip", robot.frames},
                   {"dt", static_cast<double>(robot.frames) * facts.timestep},
                   {"ntraj", plan.trajectories}};
  }

  RecordingFiles run() {
    for (std::size_t i = 0; i < plan_.trajectories; ++i) {
      const std::size_t length = plan_.steps - 3 * i;
      start();
      for (std::size_t step = 1; step <= length; ++step) advance(i, step, step == length);
      append(files_["offset"], std::vector<double>{files_["offset"].values.back() + static_cast<double>(length)});
      files_.meta["lengths"].push_back(length);
    }
    return std::move(files_);
  }

 private:
  void start() {
    environment_.reset();
    const std::vector<double> qpos(simulator().qpos().begin(), simulator().qpos().end());
    const std::vector<double> qvel(simulator().qvel().begin(), simulator().qvel().end());
    append(files_["qpos_set"], qpos);
    append(files_["qvel0"], qvel);
    append(files_["qpos0"], qpos);
    append(files_["warm0"], simulator().qacc_warmstart());
    append(files_["obs0"], environment_.observation());
  }

  void advance(std::size_t trajectory, std::size_t step, bool last) {
    const std::vector<double> action = action_at(plan_, trajectory, step, size_);
    std::copy(
        action.begin(), action.end(),
        files_["actions"].values.begin() + static_cast<std::ptrdiff_t>((trajectory * plan_.steps + step - 1) * size_));
    const Environment::Outcome outcome = environment_.step(action);
    append(files_["reward"], std::vector<double>{outcome.reward});
    append(files_["terminated"], std::vector<double>{outcome.done ? 1.0 : 0.0});
    const std::vector<double> place = {static_cast<double>(trajectory), static_cast<double>(step)};
    if (last || step % plan_.obs_every == 0) {
      append(files_["obs_row"], place);
      append(files_["obs"], environment_.observation());
    }
    if (!last && step % plan_.check_every != 0) return;
    append(files_["check_row"], place);
    append(files_["check_qpos"], simulator().qpos());
    append(files_["check_qvel"], simulator().qvel());
    append(files_["check_warm"], simulator().qacc_warmstart());
  }

  const Simulator& simulator() const { return environment_.simulator(); }

  Environment& environment_;
  const RecordingPlan& plan_;
  std::size_t size_;
  RecordingFiles files_;
};

}  // namespace

std::size_t RecordingFiles::row(const std::string& rows, std::size_t trajectory, std::size_t step) const {
  const std::vector<double>& pairs = arrays.at(rows).values;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    if (pairs[i] == static_cast<double>(trajectory) && pairs[i + 1] == static_cast<double>(step)) return i / 2;
  throw std::logic_error("the test names a step that was not recorded");
}

void RecordingFiles::write(const std::string& folder) const {
  std::filesystem::create_directories(folder);
  for (const auto& [name, file] : arrays) write_bytes(folder + "/" + name + ".npy", npy_bytes(file));
  std::ofstream(folder + "/meta.json") << meta.dump(1);
}

RecordingFiles record(Environment& environment, const RobotProgram& robot, const RecordingPlan& plan) {
  return Recorder(environment, robot, plan).run();
}

}  // namespace duet::test
