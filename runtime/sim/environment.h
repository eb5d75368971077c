#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/program/program.h"
#include "runtime/sim/simulator.h"

namespace duet {

/// One robot in its simulator, as its script defines it: start, numbers of the episode, control, variables,
/// observation, reward and termination, in double precision. A step allocates nothing.
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
  /// Throws Error E0617 if the script accepts no start, E0616 if it sets a constant of the model that cannot be.
  std::span<const double> reset();
  /// The same, but starts from this state instead of drawing one; sizes nq and nv, else std::invalid_argument.
  std::span<const double> reset_to(std::span<const double> qpos, std::span<const double> qvel);
  /// Puts the simulator into the midst of the episode, as Simulator::resume() does. Observation and variables stay what
  /// they were, and what the next step reads of the moment before it is known of qpos and qvel only.
  void resume(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> qacc_warmstart);
  /// One control step of `frames` physics steps. The action is treated as the robot's script says: by default it is not
  /// clipped, and MuJoCo clamps controls to their range.
  /// Throws Error E0601 if the simulator becomes unstable, E0602 if a reward, observation, control or variable is not
  /// finite, at the span of the script's expression, E0615 for an action that the robot refuses.
  /// With `observed` false the observation is not computed, unless a clause of the script reads it.
  Outcome step(std::span<const double> action, bool observed = true);

  /// Goes on from where `other`, an environment of the same program, stands, bit for bit as that would: with its state,
  /// its numbers of the episode and its draws. Copies a few thousand numbers; only when the numbers of the episode are
  /// others than before, constants of the model are computed anew.
  void go_on_from(const Environment& other);

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
