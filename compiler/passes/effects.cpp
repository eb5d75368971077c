#include "compiler/passes/effects.h"

#include <algorithm>

namespace duet {

namespace {

constexpr Resource kMoment{Resource::Kind::moment, 0};

Resource state(int64_t id) {
  return {Resource::Kind::state, id};
}
Resource memory(int64_t id) {
  return {Resource::Kind::memory, id};
}

void add_states(const Node& node, const char* key, Effects& effects) {
  for (const int64_t id : node.integers(key)) {
    effects.reads.insert(state(id));
    effects.writes.insert(state(id));
  }
}

void add_optimizer(const Node& node, Effects& effects) {
  for (const char* key : {"parameters", "first_moments", "second_moments"}) add_states(node, key, effects);
  effects.reads.insert(state(node.integer("steps")));
  effects.writes.insert(state(node.integer("steps")));
  if (node.has("slow")) add_states(node, "slow", effects);
}

void add_track(const Node& node, Effects& effects) {
  for (const int64_t fast : node.integers("fast")) effects.reads.insert(state(fast));
  for (const int64_t slow : node.integers("slow")) {
    effects.reads.insert(state(slow));
    effects.writes.insert(state(slow));
  }
}

void add_interact(const Node& node, Effects& effects) {
  effects.visible = true;
  effects.reads.insert({memory(node.integer("memory")), kMoment});
  effects.writes.insert({memory(node.integer("memory")), kMoment});
}

void add_memory_read(const Node& node, Effects& effects) {
  effects.reads.insert({memory(node.integer("memory")), kMoment});
}

void add_own(const Node& node, Effects& effects) {
  if (info(node.op).group == OpGroup::random) effects.reads.insert(kMoment);
  if (info(node.op).group != OpGroup::effect) return;
  switch (node.op) {
    case Op::load:
      effects.reads.insert(state(node.integer("state")));
      break;
    case Op::counter:
    case Op::simulate:  // the robot's state changes with the counters
    case Op::split:
    case Op::every:
      effects.reads.insert(kMoment);
      break;
    case Op::sample:
      for (const int64_t id : node.integers("memories")) effects.reads.insert(memory(id));
      effects.reads.insert(kMoment);
      break;
    case Op::memory_size:
    case Op::sample_starts:
    case Op::rows:
    case Op::gather:
    case Op::each_batch:
      add_memory_read(node, effects);
      break;
    case Op::assign:
      effects.writes.insert(state(node.integer("state")));
      break;
    case Op::track:
      add_track(node, effects);
      break;
    case Op::minimize:
    case Op::descend:
      add_optimizer(node, effects);
      break;
    case Op::store:
      add_memory_read(node, effects);
      effects.writes.insert(memory(node.integer("memory")));
      break;
    case Op::interact:
      add_interact(node, effects);
      break;
    case Op::repeat:
    case Op::chunks:
    case Op::until:
      break;  // they do only what their blocks do
    default:
      // log_metric, evaluate, loop; and whatever is new is taken to matter, at every moment.
      effects.visible = true;
      effects.reads.insert(kMoment);
      break;
  }
}

}  // namespace

Effects effects_of(const Node& node) {
  Effects effects;
  add_own(node, effects);
  for (const Block& block : node.blocks) {
    for (const Node& inner : block.nodes) {
      Effects more = effects_of(inner);
      effects.reads.merge(more.reads);
      effects.writes.merge(more.writes);
      effects.visible = effects.visible || more.visible;
    }
  }
  return effects;
}

bool disturbs(const std::set<Resource>& writes, const std::set<Resource>& reads) {
  return std::any_of(writes.begin(), writes.end(), [&](const Resource& r) { return reads.count(r) > 0; });
}

}  // namespace duet
