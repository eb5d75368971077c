#include "runtime/plan/engine.h"

#include <algorithm>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"
#include "runtime/plan/actor.h"

namespace duet::plan {

namespace {

// Rows of memories are floats here, which are exact up to this number.
constexpr int64_t kMostRows = int64_t{1} << 24;

}  // namespace

DrawKey Thread::key(uint64_t site) const {
  return {engine.seed, site, tick};
}

Engine::Engine(const Program& the_program, EngineOptions the_options)
    : program(the_program),
      options(std::move(the_options)),
      seed(options.seed),
      states(program, options.seed),
      main(*this) {
  pool = std::make_unique<ThreadPool>(options.threads > 0 ? options.threads : core_count());
  for (int i = 0; i < pool->threads(); ++i) {
    workers.push_back(std::make_unique<Thread>(*this));
    workers.back()->number = i;
  }
  actor = std::make_unique<Actor>(*this);
  make_room();
}

Engine::~Engine() = default;

void Engine::make_room() {
  if (layouts.size() < program.values.size()) layouts.resize(program.values.size());
  const auto grow = [&](Thread& thread) {
    if (thread.at.size() < program.values.size()) thread.at.resize(program.values.size(), nullptr);
  };
  grow(main);
  for (const auto& worker : workers) grow(*worker);
}

Memory& Engine::memory(int64_t id) {
  const auto at = static_cast<size_t>(id);
  if (memories.size() < program.memories.size()) memories.resize(program.memories.size());
  if (!memories.at(at)) {
    const MemoryInfo& info = program.memories[at];
    if (info.capacity > kMostRows)
      throw Error("E0608",
                  "memory `" + info.name + "` holds more than 16,777,216 transitions, which the plan cannot count",
                  "run it with --engine interp");
    memories[at] = std::make_unique<Memory>(info.name, info.capacity, program.robot.obs, program.robot.action);
  }
  return *memories[at];
}

void Engine::metric(const std::string& name, double value) const {
  if (options.events) options.events->metric({name, counters.step, value});
}

TickScope::TickScope(Thread& thread) : thread_(thread), outer_(thread.tick) {
  thread.tick = ++thread.engine.counters.ticks;
}

DerivedTick::DerivedTick(Thread& thread, int64_t number) : thread_(thread), outer_(thread.tick) {
  thread.tick = mix64(mix64(thread.tick) + static_cast<uint64_t>(number) + 1);
}

}  // namespace duet::plan
