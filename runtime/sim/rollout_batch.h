#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/core/thread_pool.h"
#include "runtime/program/program.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/model.h"

namespace duet {

/// Controls to be tried, and where the results go; all row-major. A row is one candidate of one robot; the candidates
/// of a robot stand side by side, those of the first robot first.
struct Rollouts {
  std::size_t steps = 0, rows = 0;
  std::span<const float> controls;  ///< [steps, rows, action]
  // Each may be empty: then nobody wants it.
  std::span<float> rewards;       ///< [steps, rows]
  std::span<float> observations;  ///< [steps, rows, obs]: after each step
  std::span<float> alive;         ///< [steps, rows]: 1 until the episode has ended by `done`, then 0
};

/// Rollouts of the true simulator: every candidate goes on from the whole state of a robot that acts, which is not
/// touched, by steps of Environment in double precision. Draws of the robot's script are those that the robot itself
/// will see. The limit of the episode and `truncate` do not end a rollout.
///
/// After the end of an episode nothing is simulated: rewards are 0, the last observation is repeated. A candidate whose
/// simulation fails (Errors E0601, E0602, E0611) is lost: it is not alive from that step on, and all its rewards become
/// the lowest that any candidate of its robot earns in this call, or 0 if that is lower.
///
/// No number depends on the threads. Once it has seen as many threads and rows, a call allocates nothing.
class RolloutBatch {
 public:
  /// `program.robot` must be lowered for `model`; the program must outlive the batch.
  RolloutBatch(std::shared_ptr<const Model> model, const Program& program);

  /// Simulates all rows on the threads of the pool. `rows` must be a multiple of the number of robots, which must have
  /// been reset, and the spans of the sizes above or empty, else std::invalid_argument. Throws Error E0615 for an
  /// action that the robot refuses, of the first row that has one.
  void run(ThreadPool& pool, std::span<const Environment* const> robots, const Rollouts& rollouts);

 private:
  /// A simulator for one thread at a time.
  struct Seat {
    Environment environment;
    std::vector<double> action;
  };
  class Loan;

  void require_sizes(std::size_t robots, const Rollouts& rollouts) const;
  void make_room(std::size_t threads, std::size_t rows);
  bool try_step(Seat& seat, const Rollouts& rollouts, std::size_t at, Environment::Outcome& outcome) const;
  void roll(Seat& seat, const Environment& robot, const Rollouts& rollouts, std::size_t row);
  void punish_lost(std::size_t first, std::size_t count, const Rollouts& rollouts) const;

  std::shared_ptr<const Model> model_;
  const Program& program_;
  std::size_t width_, action_width_;  // of an observation, of an action
  std::vector<std::unique_ptr<Seat>> seats_;
  std::vector<uint8_t> lost_;  // by row

  std::mutex mutex_;
  std::vector<Seat*> free_;  // under the mutex
};

}  // namespace duet
