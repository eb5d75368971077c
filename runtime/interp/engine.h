#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/data/memory.h"
#include "runtime/interp/state.h"
#include "runtime/interp/tensors.h"
#include "runtime/run/counters.h"

/// What the nodes of a program act on. Every node is prepared once, into a closure with its attributes and alignments
/// resolved; running a program is calling closures.
namespace duet::interp {

class Body;
class Actor;
struct Engine;

using Run = std::function<void(Engine&)>;

/// A node that is run again to find where a NaN came from, as it was seen then.
struct Traced {
  const Node* node;
  std::vector<Tensor> inputs, results;
};

struct Engine {
  Engine(const Program& the_program, EngineOptions the_options);
  ~Engine();

  const Program& program;
  EngineOptions options;
  uint64_t seed;  // of draws

  std::vector<Tensor> values;  // by ValueId; undefined: not computed, or no longer needed
  std::vector<Tensor> leaves;  // by state: what `load` gives inside `minimize` instead of the state
  States states;
  std::vector<std::unique_ptr<Memory>> memories;
  Counters counters;
  uint64_t tick = 0;
  std::unique_ptr<Actor> actor;

  /// Where each value is computed, for finding the source of a NaN: the body and the position of the step in it.
  struct Definition {
    const Body* body = nullptr;
    int step = -1;  // -1: a parameter of the body
  };
  std::vector<Definition> definitions;
  std::vector<Traced>* trace = nullptr;  // not null while a block is run again to find the source of a NaN

  Tensor& value(ValueId id) { return values[static_cast<size_t>(id)]; }
  DrawKey key(uint64_t site) const { return {seed, site, tick}; }
  Memory& memory(int64_t id);
  const Tensor& load(int64_t state);

  bool aside = false;  // evaluating beside the run: may be broken off between any two operations
  bool stop_asked() const { return options.stop && options.stop->load(); }
  bool steps_done() const { return counters.step >= options.steps; }
  void metric(const std::string& name, double value) const;
};

/// A tick of its own while it lives: the draws of one iteration of an effect.
class TickScope {
 public:
  explicit TickScope(Engine& engine);
  ~TickScope() { engine_.tick = outer_; }
  TickScope(const TickScope&) = delete;

 private:
  Engine& engine_;
  uint64_t outer_;
};

/// A tick derived from the current one and `number` while it lives: the draws of one step of a pure loop.
class DerivedTick {
 public:
  DerivedTick(Engine& engine, int64_t number);
  ~DerivedTick() { engine_.tick = outer_; }
  DerivedTick(const DerivedTick&) = delete;

 private:
  Engine& engine_;
  uint64_t outer_;
};

}  // namespace duet::interp
