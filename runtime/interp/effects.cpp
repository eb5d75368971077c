#include <stdexcept>

#include "runtime/interp/body.h"
#include "runtime/interp/transitions.h"
#include "runtime/interp/trap.h"

/// Reading and changing states and memories.
namespace duet::interp {

namespace {

Run prepare_load(Preparing&, const Node& node) {
  const ValueId out = node.results.at(0);
  const int64_t state = node.integer("state");
  return [=](Engine& engine) { engine.value(out) = engine.load(state); };
}

Run prepare_number(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const auto options = at::TensorOptions(dtype_of(preparing.type(out).kind));
  if (node.op == Op::memory_size) {
    const int64_t memory = node.integer("memory");
    return [=](Engine& engine) { engine.value(out) = at::full({}, engine.memory(memory).size(), options); };
  }
  const std::string& name = node.text("name");
  if (name != "step" && name != "episode") throw std::logic_error("no counter is called " + name);
  const bool step = name == "step";
  return [=](Engine& engine) {
    engine.value(out) = at::full({}, step ? engine.counters.step : engine.counters.episode, options);
  };
}

Run prepare_rows(Preparing&, const Node& node) {
  const ValueId out = node.results.at(0);
  const int64_t memory = node.integer("memory");
  return [=](Engine& engine) { engine.value(out) = at::arange(engine.memory(memory).size(), at::kLong); };
}

Run prepare_gather(Preparing& preparing, const Node& node) {
  const ValueId rows = node.inputs.at(0);
  const int64_t memory = node.integer("memory");
  const FieldsOut out(preparing, node.results, preparing.axes(rows));
  return [=](Engine& engine) { out(engine, gather(engine.memory(memory), to_kind(engine.value(rows), Kind::index))); };
}

Run prepare_assign(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const int64_t state = node.integer("state");
  const Alignment align(preparing.axes(in), preparing.engine().program.states.at(static_cast<size_t>(state)).type.axes);
  const Node* self = &node;
  return [=](Engine& engine) {
    const Tensor& value = engine.value(in);
    require_finite(engine, value, in, *self);
    engine.states.set(state, align(value));
  };
}

Run prepare_track(Preparing&, const Node& node) {
  const std::vector<int64_t> slow = node.integers("slow"), fast = node.integers("fast");
  const double rate = node.real("rate");
  return [=](Engine& engine) { engine.states.track(slow, fast, rate); };
}

Run prepare_log(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const std::string metric = node.text("metric");
  if (!preparing.type(in).scalar()) throw std::logic_error("log_metric needs a scalar");
  const Node* self = &node;
  return [=](Engine& engine) {
    const Tensor& value = engine.value(in);
    require_finite(engine, value, in, *self);
    engine.metric(metric, value.item<double>());
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
    case Op::minimize:
      return prepare_minimize(preparing, node);
    case Op::descend:
      return prepare_descend(preparing, node);
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

}  // namespace duet::interp
