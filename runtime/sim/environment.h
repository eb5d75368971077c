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
  /// One control step: `frames` physics steps under `action` (not clipped; MuJoCo clamps to its control range).
  /// Throws Error E0601 if the simulator becomes unstable, E0602 if reward or observation is not finite, at the span
  /// of the script's expression.
  Outcome step(std::span<const double> action);

  std::span<const double> observation() const;
  int64_t episode_steps() const;
  const Simulator& simulator() const;

  /// The whole state as bytes, and back; stepping goes on bit for bit.
  std::vector<std::byte> save() const;
  void restore(std::span<const std::byte> bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
