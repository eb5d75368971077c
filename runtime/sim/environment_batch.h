#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/core/thread_pool.h"
#include "runtime/program/program.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/model.h"

namespace duet {

/// What EnvironmentBatch::step() does with an environment whose episode ends.
enum class EpisodeEnd : uint8_t {
  hold,     ///< it stays as it is, and is not stepped, until it is reset
  restart,  ///< its next episode begins within the same step
};

/// Environments of one robot that are stepped together, spread over the threads of a pool. Environment i draws from
/// (seed, derived_site(site, i), number of its episode): no number depends on the threads. step(), reset() and
/// restore() allocate nothing. All arrays are row-major, one row for each environment, and stay where they are.
class EnvironmentBatch {
 public:
  /// `program.robot` must be lowered for `model`; the pool must outlive the batch. Nothing is reset yet.
  EnvironmentBatch(std::shared_ptr<const Model> model, const Program& program, std::size_t count, uint64_t seed,
                   uint64_t site, EpisodeEnd at_end, ThreadPool& pool);

  std::size_t size() const { return environments_.size(); }
  const Environment& operator[](std::size_t i) const { return environments_[i]; }

  /// Starts a new episode in every environment, or in those whose entry in `which` is not 0 (size() entries, else
  /// std::invalid_argument). Rewards and flags become 0. Throws what Environment::reset() throws, for the first
  /// environment that failed.
  void reset();
  void reset(std::span<const uint8_t> which);

  /// One control step of every environment that is running. `actions` has size() rows, else std::invalid_argument;
  /// std::logic_error before the first reset() of all. Throws what Environment::step() throws, for the first
  /// environment that failed: the others have been stepped, and those that failed are held until they are reset.
  void step(std::span<const double> actions);

  /// [size(), obs]: now. Of an environment that has just restarted: of the first moment of the new episode.
  std::span<const double> observations() const { return observations_; }
  std::span<const double> observation(std::size_t i) const { return row(observations_, i); }
  /// [size(), obs]: the last observation of the episode that ended last; 0 before one has.
  std::span<const double> final_observations() const { return final_observations_; }
  std::span<const double> final_observation(std::size_t i) const { return row(final_observations_, i); }

  /// [size()] each: of the last step. While an environment is held its reward is 0 and its flags stay.
  std::span<const double> rewards() const { return rewards_; }
  std::span<const uint8_t> done() const { return done_; }            ///< not 0: ended for good
  std::span<const uint8_t> truncated() const { return truncated_; }  ///< not 0: cut off
  std::span<const uint8_t> running() const { return running_; }      ///< not 0: the next step() moves it

  /// Everything as bytes, and back, on any number of threads; stepping goes on bit for bit. restore() throws Error
  /// E0610 if the bytes are of another robot or another number of environments; then reset() or restore() again.
  std::vector<std::byte> save() const;
  void restore(std::span<const std::byte> bytes);

 private:
  std::span<const double> row(const std::vector<double>& of, std::size_t i) const {
    return std::span(of).subspan(i * width_, width_);
  }
  void begin(std::size_t i);
  void step_one(std::size_t i, std::span<const double> action);
  void end_episode(std::size_t i);

  ThreadPool& pool_;
  EpisodeEnd at_end_;
  std::size_t width_;  // of an observation
  std::size_t action_width_;
  bool started_ = false;  // all have been reset once
  std::vector<Environment> environments_;
  std::vector<double> observations_, final_observations_, rewards_;
  std::vector<uint8_t> done_, truncated_, running_;
};

}  // namespace duet
