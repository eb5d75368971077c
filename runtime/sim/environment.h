#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/program/program.h"
#include "runtime/sim/model.h"
#include "runtime/sim/simulator.h"

namespace duet {

/// One robot in its simulator, as its script defines it: observation, reward, termination, reset, in double precision.
/// No call allocates after construction.
class Environment {
 public:
  /// `program.robot` must be lowered for `model`. Resets draw from (seed, site, number of the episode).
  Environment(std::shared_ptr<const Model> model, const Program& program, uint64_t seed, uint64_t site);
  ~Environment();
  Environment(Environment&&) noexcept;

  struct Outcome {
    double reward = 0;
    bool done = false;       // the episode ended here: no future
    bool truncated = false;  // cut off by the limit or `truncate`: there would be a future
  };

  /// Starts a new episode and returns its observation. The draws of the n-th call depend on n only.
  std::span<const double> reset();
  /// Starts a new episode in the given state (sizes nq and nv, else std::invalid_argument), whatever the script's
  /// `reset` says; everything else is as with reset().
  std::span<const double> reset_to(std::span<const double> qpos, std::span<const double> qvel);
  /// Puts the simulator into the midst of the episode, as Simulator::resume() does. The observation stays what it was,
  /// and what the next step reads of the moment before it is known of qpos and qvel only.
  void resume(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> qacc_warmstart);
  /// One control step: `frames` physics steps under `action` (not clipped; MuJoCo clamps to its control range).
  /// Throws Error E0601 if the simulator becomes unstable, E0602 if reward or observation is not finite, at the span
  /// of the script's expression.
  Outcome step(std::span<const double> action);

  std::span<const double> observation() const;
  /// The robot's simulator, as the last call left it; valid as long as the environment lives.
  const Simulator& simulator() const;
  int64_t episode_steps() const;

  /// The whole state as bytes, and back; stepping goes on bit for bit.
  std::vector<std::byte> save() const;
  void restore(std::span<const std::byte> bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
