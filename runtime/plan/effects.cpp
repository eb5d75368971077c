#include <set>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/kernels/optimize.h"
#include "runtime/plan/body.h"
#include "runtime/plan/pieces.h"
#include "runtime/plan/transitions.h"
#include "runtime/plan/trap.h"

/// Reading and changing states and memories.
namespace duet::plan {

namespace {

bool writes(const Node& node, int64_t state);

bool writes(const Block& block, int64_t state) {
  return std::ranges::any_of(block.nodes, [&](const Node& node) { return writes(node, state); });
}

bool writes(const Node& node, int64_t state) {
  if (node.op == Op::assign && node.integer("state") == state) return true;
  if (node.op == Op::descend && node.has("steps") && node.integer("steps") == state) return true;
  for (const char* key : {"slow", "parameters", "first_moments", "second_moments"})
    if (info(node.op).group == OpGroup::effect && node.has(key) && std::ranges::count(node.integers(key), state))
      return true;
  return std::ranges::any_of(node.blocks, [&](const Block& block) { return writes(block, state); });
}

bool uses_any(const Node& node, const std::set<ValueId>& values) {
  return std::ranges::any_of(uses_of(node), [&](ValueId id) { return values.count(id) > 0; });
}

/// Operations whose result may lie in the memory of their input.
bool looks_at_input(Op op) {
  switch (op) {
    case Op::rename:
    case Op::slice:
    case Op::take:
    case Op::expand:
    case Op::reshape:
    case Op::stop:
    case Op::cast:
      return true;
    default:  // results of loops, choices and tiles are copies
      return false;
  }
}

/// Adds to `inside` what may lie in the memory of a value that is in it: results, and parameters of blocks.
void add_inside(const Node& node, std::set<ValueId>& inside) {
  if (!uses_any(node, inside)) return;
  for (const Block& block : node.blocks) {
    inside.insert(block.parameters.begin(), block.parameters.end());
    for (const Node& inner : block.nodes) add_inside(inner, inside);
  }
  if (looks_at_input(node.op)) inside.insert(node.results.begin(), node.results.end());
}

/// Whether somebody may still look at a loaded value when its state has changed, or changes.
bool outlives_state(const Preparing& preparing, ValueId loaded, int64_t state) {
  std::set<ValueId> inside{loaded};
  bool written = false;
  for (const Node& node : preparing.later()) {
    written = written || writes(node, state);
    if (written && uses_any(node, inside)) return true;
    add_inside(node, inside);
  }
  // Nobody knows how long the results of a block are kept.
  return std::ranges::any_of(preparing.block().results, [&](ValueId id) { return inside.count(id) > 0; });
}

/// A state as the body sees it: of an axis that it sees a part of, that part.
class View {
 public:
  View(const Preparing& preparing, int64_t state) : state_(state) {
    const Type& type = preparing.engine().program.states.at(static_cast<size_t>(state)).type;
    std::vector<int64_t> sizes;
    for (const Axis& axis : type.axes) sizes.push_back(axis.size);
    layout_ = contiguous_layout(std::move(sizes));
    for (size_t d = 0; d < type.axes.size(); ++d) {
      const auto part = preparing.parts().find(type.axes[d].name);
      if (part == preparing.parts().end()) continue;
      layout_.sizes[d] = part->second.size;
      parts_.emplace_back(part->first, layout_.strides[d]);
    }
  }

  const Layout& layout() const { return layout_; }
  float* data(Thread& thread) const {
    float* x = thread.engine.states.get(state_);
    for (const auto& [axis, stride] : parts_) x += thread.parts.at(axis).first * stride;
    return x;
  }

 private:
  int64_t state_;
  Layout layout_;
  std::vector<std::pair<std::string, int64_t>> parts_;  // axis and stride
};

Run prepare_load(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const int64_t state = node.integer("state");
  const View view(preparing, state);
  // Threads that share a state must not start it.
  if (!preparing.parts().empty()) preparing.engine().states.get(state);
  if (!outlives_state(preparing, out, state)) {
    preparing.engine().layout(out) = view.layout();
    return [=](Thread& thread) { thread.point(out, view.data(thread)); };
  }
  preparing.allocate(out, view.layout().sizes);
  const auto copy = strided_copy(view.layout(), preparing.layout(out));
  return [=](Thread& thread) { copy(view.data(thread), thread.value(out)); };
}

Run prepare_number(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  preparing.allocate(out, std::vector<int64_t>{});
  if (node.op == Op::memory_size) {
    const int64_t memory = node.integer("memory");
    return [=](Thread& thread) { *thread.value(out) = static_cast<float>(thread.engine.memory(memory).size()); };
  }
  const std::string& name = node.text("name");
  if (name != "step" && name != "episode") throw std::logic_error("no counter is called " + name);
  const auto counter = name == "step" ? &Counters::step : &Counters::episode;
  return [=](Thread& thread) { *thread.value(out) = static_cast<float>(thread.engine.counters.*counter); };
}

Run prepare_assign(Preparing& preparing, const Node& node) {
  const int64_t state = node.integer("state");
  const auto& axes = preparing.engine().program.states.at(static_cast<size_t>(state)).type.axes;
  const auto value = preparing.operand(node.inputs.at(0), axes);
  const Node* self = &node;
  return [=](Thread& thread) {
    if (value.copy) value.copy(thread);
    const std::span x(value.data(thread), static_cast<size_t>(value.layout.elements()));
    require_finite(thread, x, *self);
    std::ranges::copy(x, thread.engine.states.change(state));
  };
}

Run prepare_track(Preparing& preparing, const Node& node) {
  const std::vector<int64_t> slow = node.integers("slow"), fast = node.integers("fast");
  const auto rate = static_cast<float>(node.real("rate"));
  if (slow.size() != fast.size()) throw std::logic_error("track: as many slow as fast states");
  Pieces pieces;
  for (size_t i = 0; i < slow.size(); ++i) {
    const States& states = preparing.engine().states;
    if (states.elements(slow[i]) != states.elements(fast[i])) throw std::logic_error("track: states of different size");
    pieces.add(states.elements(slow[i]));
  }
  return [=](Thread& thread) {
    States& states = thread.engine.states;
    // Threads that share states must not start them.
    for (size_t i = 0; i < slow.size(); ++i) {
      states.change(slow[i]);
      states.get(fast[i]);
    }
    pieces.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      kernels::track(states.get(slow[i]) + from, states.get(fast[i]) + from, count, rate);
    });
  };
}

Run prepare_log(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const std::string metric = node.text("metric");
  if (!preparing.type(in).scalar()) throw std::logic_error("log_metric needs a scalar");
  const Node* self = &node;
  return [=](Thread& thread) {
    const float* value = thread.value(in);
    require_finite(thread, {value, 1}, *self);
    thread.engine.metric(metric, static_cast<double>(*value));
  };
}

}  // namespace

Run prepare_effect(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::load:
      return prepare_load(preparing, node);
    case Op::counter:
    case Op::memory_size:
      return prepare_number(preparing, node);
    case Op::sample:
      return prepare_sample(preparing, node);
    case Op::sample_starts:
      return prepare_sample_starts(preparing, node);
    case Op::rows:
      return prepare_rows(preparing, node);
    case Op::split:
      return prepare_split(preparing, node);
    case Op::gather:
      return prepare_gather(preparing, node);
    case Op::simulate:
      return prepare_simulate(preparing, node);
    case Op::assign:
      return prepare_assign(preparing, node);
    case Op::track:
      return prepare_track(preparing, node);
    case Op::descend:
      return prepare_descend(preparing, node);
    case Op::minimize:
      throw Error("E0609", "`minimize` cannot be differentiated by the plan", "run it with --engine interp", node.span);
    case Op::store:
      return prepare_store(preparing, node);
    case Op::log_metric:
      return prepare_log(preparing, node);
    case Op::interact:
      return prepare_interact(preparing, node);
    case Op::play:
      return prepare_play(preparing, node);
    case Op::evaluate:
      return prepare_evaluate(preparing, node);
    default:
      return prepare_flow(preparing, node);
  }
}

}  // namespace duet::plan
