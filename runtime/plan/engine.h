#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/core/thread_pool.h"
#include "runtime/data/memory.h"
#include "runtime/plan/block_memory.h"
#include "runtime/plan/buffer.h"
#include "runtime/plan/layout.h"
#include "runtime/plan/packed_states.h"
#include "runtime/plan/states.h"
#include "runtime/program/program.h"
#include "runtime/run/counters.h"
#include "runtime/run/executor.h"

/// What the steps of a plan act on. Every node is prepared once, into a closure with sizes, strides and kernels
/// resolved; running a plan is calling closures on buffers that stay where they are.
namespace duet::plan {

class Actor;
class Body;
class Profile;
struct Engine;

/// Which part of a tiled axis a thread works on.
struct Part {
  int64_t first = 0;
  int64_t size = 0;
  int64_t full = 0;  // the size of the whole axis
};

/// A body that is being run.
struct Running {
  Body* body;
  uint64_t tick;
  size_t node;  // of its block: where it stands
};

/// What one thread works with.
struct Thread {
  explicit Thread(Engine& the_engine) : engine(the_engine) {}

  Engine& engine;
  std::vector<float*> at;  // by ValueId: the first element
  uint64_t tick = 0;
  std::map<std::string, Part> parts;  // by axis, while in a tile
  int number = 0;                     // of a worker
  std::vector<Running> running;       // outermost first
  // Of all tiles, which come one after the other: what one leaves in the cache the next one overwrites there.
  std::shared_ptr<Buffer> scratch = std::make_shared<Buffer>();

  float* value(ValueId id) const { return at[static_cast<size_t>(id)]; }
  void point(ValueId id, float* to) { at[static_cast<size_t>(id)] = to; }
  DrawKey key(uint64_t site) const;
};

using Run = std::function<void(Thread&)>;

struct Engine {
  Engine(const Program& the_program, EngineOptions the_options);
  ~Engine();

  const Program& program;
  EngineOptions options;
  uint64_t seed;  // of draws

  std::vector<Layout> layouts;  // by ValueId: as last prepared
  std::mutex preparing;         // held by who prepares while the program runs: choices in tiles do, on any thread
  States states;
  PackedStates packed_states{states};
  std::vector<std::unique_ptr<Memory>> memories;
  Counters counters;
  std::unique_ptr<ThreadPool> pool;
  Thread main;                                   // runs the program
  std::vector<std::unique_ptr<Thread>> workers;  // one for each thread of the pool: they do the pieces of tiles
  std::unique_ptr<Actor> actor;
  Profile* profile = nullptr;                  // not null while time is taken
  std::vector<BlockMemory>* survey = nullptr;  // not null: blocks are prepared at once, and what they need is noted
  bool tracing = false;                        // every step's results are looked at, to find where a NaN came from

  Layout& layout(ValueId id) { return layouts[static_cast<size_t>(id)]; }
  Memory& memory(int64_t id);
  /// Room for the program's values; a program may grow.
  void make_room();

  bool aside = false;  // evaluating beside the run: may be broken off between any two operations
  bool stop_asked() const { return options.stop && options.stop->load(); }
  bool steps_done() const { return counters.step >= options.steps; }
  void metric(const std::string& name, double value) const;
};

/// While it lives, blocks are prepared as soon as they are met, and `found` gets what they need.
class Survey {
 public:
  Survey(Engine& engine, std::vector<BlockMemory>& found) : engine_(engine) { engine.survey = &found; }
  ~Survey() { engine_.survey = nullptr; }
  Survey(const Survey&) = delete;

 private:
  Engine& engine_;
};

/// A tick of its own while it lives: the draws of one iteration of an effect.
class TickScope {
 public:
  explicit TickScope(Thread& thread);
  ~TickScope() { thread_.tick = outer_; }
  TickScope(const TickScope&) = delete;

 private:
  Thread& thread_;
  uint64_t outer_;
};

/// A tick derived from the current one and `number` while it lives: the draws of one step of a pure loop.
class DerivedTick {
 public:
  DerivedTick(Thread& thread, int64_t number);
  ~DerivedTick() { thread_.tick = outer_; }
  DerivedTick(const DerivedTick&) = delete;

 private:
  Thread& thread_;
  uint64_t outer_;
};

}  // namespace duet::plan
