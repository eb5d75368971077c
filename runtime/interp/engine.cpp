#include "runtime/interp/engine.h"

#include "runtime/core/hash.h"
#include "runtime/interp/actor.h"

namespace duet::interp {

Engine::Engine(const Program& the_program, EngineOptions the_options)
    : program(the_program), options(std::move(the_options)), seed(options.seed), states(program, options.seed) {
  actor = std::make_unique<Actor>(*this);
}

Engine::~Engine() = default;

Memory& Engine::memory(int64_t id) {
  const auto at = static_cast<size_t>(id);
  if (memories.size() < program.memories.size()) memories.resize(program.memories.size());
  if (!memories.at(at)) {
    const MemoryInfo& info = program.memories[at];
    memories[at] = std::make_unique<Memory>(info.name, info.capacity, program.robot.obs, program.robot.action);
  }
  return *memories[at];
}

const Tensor& Engine::load(int64_t state) {
  const auto at = static_cast<size_t>(state);
  if (at < leaves.size() && leaves[at].defined()) return leaves[at];
  return states.get(state);
}

void Engine::metric(const std::string& name, double value) const {
  if (options.events) options.events->metric({name, counters.step, value});
}

TickScope::TickScope(Engine& engine) : engine_(engine), outer_(engine.tick) {
  engine.tick = ++engine.counters.ticks;
}

DerivedTick::DerivedTick(Engine& engine, int64_t number) : engine_(engine), outer_(engine.tick) {
  engine.tick = mix64(mix64(engine.tick) + static_cast<uint64_t>(number) + 1);
}

}  // namespace duet::interp
