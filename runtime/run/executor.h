#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "runtime/program/program.h"
#include "runtime/run/checkpoint.h"
#include "runtime/run/event.h"

/// What the engines have in common: the interpreter (runtime/interp) and the plan (runtime/plan).
namespace duet {

/// A value given to or taken from an engine: elements in the order of the type's axes.
struct TensorData {
  Type type;                // all sizes known
  std::vector<float> data;  // indices and booleans as numbers
};

class Environment;

struct EngineOptions {
  uint64_t seed = 1;
  int64_t steps = 0;                                     // environment steps of the whole run
  int threads = 0;                                       // 0: one for each core. Changes no number
  Events* events = nullptr;                              // metric, progress; may be null
  const std::atomic<bool>* stop = nullptr;               // asks to stop at the next safe point; may be null
  const Environment* robot = nullptr;                    // the robot that acts in what evaluate() is given; may be null
  std::function<void(int64_t step)> at_safe_point = {};  // called where `save` gives a resumable state
};

/// Sees a robot after its reset and after each control step; `ended`: the episode is over. False: no more is wanted.
using EpisodeWatcher = std::function<bool(const Environment& robot, bool ended)>;

class Executor {
 public:
  virtual ~Executor() = default;

  /// Runs `program.main` from where it stands (start, or what `load` restored) until `options.steps` environment
  /// steps are done or a stop is asked for. True if the run is finished.
  /// Throws Error E0603 (a NaN or infinity, at the span of the expression), and what Environment throws.
  virtual bool run() = 0;

  /// Everything a run needs to go on bit for bit: states, memories, counters, position, simulator.
  virtual void save(CheckpointWriter& writer) const = 0;
  virtual void load(const CheckpointReader& reader) = 0;

  virtual int64_t step() const = 0;

  /// Evaluates `block` of the program with `inputs` for its parameters (REPL, tests). Effects inside happen.
  virtual std::vector<TensorData> evaluate(const Block& block, std::span<const TensorData> inputs = {}) = 0;

  /// Whole episodes with the actor of an `evaluate` node, on simulators of their own; one return per episode.
  virtual std::vector<double> evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed) = 0;

  /// Shows the first of the episodes that evaluate_policy() plays with this seed, until it ends or `watch` has had
  /// enough.
  virtual void watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch) = 0;
};

}  // namespace duet
