#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/program/program.h"
#include "runtime/run/checkpoint.h"
#include "runtime/run/event.h"

/// The reference engine: evaluates a program operation by operation with LibTorch. Slow, obviously right.
/// This header needs no LibTorch.
namespace duet {

/// A value given to or taken from the engine: elements in the order of the type's axes.
struct TensorData {
  Type type;                // all sizes known
  std::vector<float> data;  // indices and booleans as numbers
};

class Environment;

struct EngineOptions {
  uint64_t seed = 1;
  int64_t steps = 0;                                // environment steps of the whole run
  int threads = 0;                                  // that simulate robots; 0: one for each core. Changes no number
  Events* events = nullptr;                         // metric, progress; may be null
  const std::atomic<bool>* stop = nullptr;          // asks to stop at the next safe point; may be null
  const Environment* robot = nullptr;               // the robot that acts in what evaluate() is given; may be null
  std::function<void(int64_t step)> at_safe_point = {};  // called where `save` gives a resumable state
};

/// Sees a robot after its reset and after each control step; `ended`: the episode is over. False: no more is wanted.
using EpisodeWatcher = std::function<bool(const Environment& robot, bool ended)>;

class Interpreter {
 public:
  /// The program may grow (REPL) while the interpreter lives; states and memories that are new start when first used.
  Interpreter(const Program& program, EngineOptions options);
  ~Interpreter();

  /// Runs `program.main` from where it stands (start, or what `load` restored) until `options.steps` environment
  /// steps are done or a stop is asked for. True if the run is finished.
  /// Throws Error E0603 (a NaN or infinity, at the span of the expression), and what Environment throws.
  bool run();

  /// Everything a run needs to go on bit for bit: states, memories, counters, position, simulator.
  void save(CheckpointWriter& writer) const;
  void load(const CheckpointReader& reader);

  int64_t step() const;

  /// Evaluates `block` of the program with `inputs` for its parameters (REPL, tests). Effects inside happen.
  std::vector<TensorData> evaluate(const Block& block, std::span<const TensorData> inputs = {});

  /// Whole episodes with the actor of an `evaluate` node, on simulators of their own; one return per episode.
  std::vector<double> evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed);

  /// Shows the first of the episodes that evaluate_policy() plays with this seed, until it ends or `watch` has had
  /// enough.
  void watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
