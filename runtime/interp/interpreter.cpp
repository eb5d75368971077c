#include "runtime/interp/interpreter.h"

#include <cmath>
#include <set>
#include <stdexcept>

#include "runtime/interp/actor.h"
#include "runtime/interp/draws.h"
#include "runtime/interp/engine.h"
#include "runtime/interp/machine.h"

namespace duet {

using interp::Actor;
using interp::Body;
using interp::Engine;
using interp::Preparing;
using interp::Tensor;
using interp::TickScope;

struct Interpreter::Impl {
  Impl(const Program& program, EngineOptions options) : engine(program, std::move(options)) {}

  bool run();
  bool run_loop(const Node& node, const Body& body);

  /// Calls `use` with the begin and act blocks of an evaluate node, ready to be run; afterwards all is as before.
  void with_policy(const Node& evaluate, uint64_t seed, const std::function<void(const Body&, const Body&)>& use);
  /// The `ordinal`-th lot of episodes of an evaluation.
  Actor::Episodes episodes(const Node& evaluate, const Body& begin, const Body& act, uint64_t ordinal,
                           const EpisodeWatcher& watch);

  Engine engine;
  std::shared_ptr<const Body> main;  // as of the last run
  // Where the run stands: the node of `main`, and how many iterations of it are done.
  int64_t node = 0;
  int64_t iteration = 0;
  bool warned = false;
};

namespace {

bool resumable(const Node& node) {
  return node.op == Op::loop || node.op == Op::repeat;
}

/// Only while it lives, blocks other than main may be prepared: afterwards values are defined as before.
class Aside {
 public:
  explicit Aside(Engine& engine) : engine_(engine), definitions_(engine.definitions) { engine.aside = true; }
  ~Aside() {
    engine_.definitions = std::move(definitions_);
    engine_.aside = false;
  }
  Aside(const Aside&) = delete;

 private:
  Engine& engine_;
  std::vector<Engine::Definition> definitions_;
};

/// Counters and seed are as before when it ends.
class Borrowed {
 public:
  explicit Borrowed(Engine& engine) : engine_(engine), counters_(engine.counters), seed_(engine.seed) {}
  ~Borrowed() {
    engine_.counters = std::move(counters_);
    engine_.seed = seed_;
  }
  Borrowed(const Borrowed&) = delete;

 private:
  Engine& engine_;
  Counters counters_;
  uint64_t seed_;
};

/// While it lives, blocks have the values of enclosing blocks that they read, as far as these come without effects.
class Supplied {
 public:
  Supplied(Engine& engine, const std::vector<const Body*>& bodies) : engine_(engine), tick_(engine.tick) {
    std::set<ValueId> have;
    for (size_t id = 0; id < engine.values.size(); ++id)
      if (engine.values[id].defined()) have.insert(static_cast<ValueId>(id));
    made_ = have;
    for (const Body* body : bodies)
      for (const ValueId id : body->outer_uses()) interp::recompute(engine, id, made_);
    for (const ValueId id : have) made_.erase(id);
    engine.tick = tick_;
  }
  ~Supplied() {
    for (const ValueId id : made_) engine_.value(id).reset();
  }
  Supplied(const Supplied&) = delete;

 private:
  Engine& engine_;
  uint64_t tick_;
  std::set<ValueId> made_;
};

}  // namespace

Interpreter::Interpreter(const Program& program, EngineOptions options) {
  interp::prepare_machine();
  impl_ = std::make_unique<Impl>(program, std::move(options));
}

Interpreter::~Interpreter() = default;

int64_t Interpreter::step() const {
  return impl_->engine.counters.step;
}

bool Interpreter::run() {
  return impl_->run();
}

bool Interpreter::Impl::run() {
  const at::NoGradGuard off;
  if (!warned && engine.options.events) {
    const std::string warning = interp::slow_blas_warning();
    if (!warning.empty()) engine.options.events->warning(warning);
  }
  warned = true;
  const auto& nodes = engine.program.main.nodes;
  const auto body = main = Preparing(engine).body(engine.program.main);
  body->enter(engine);
  for (; node < static_cast<int64_t>(nodes.size()); ++node, iteration = 0) {
    const auto at = static_cast<size_t>(node);
    const interp::Step& step = body->steps()[at];
    if (resumable(nodes[at])) {
      if (!run_loop(nodes[at], *step.bodies.at(0))) return false;
    } else {
      body->run_step(engine, step);
    }
    body->drop(engine, step);
  }
  return true;
}

/// A loop of main: it can be left and entered again between two iterations. False if a stop was asked for.
bool Interpreter::Impl::run_loop(const Node& at, const Body& body) {
  const double count = at.op == Op::repeat ? std::floor(engine.value(at.inputs.at(0)).item<double>()) : INFINITY;
  while (static_cast<double>(iteration) < count && !engine.steps_done()) {
    if (engine.options.at_safe_point) engine.options.at_safe_point(engine.counters.step);
    if (engine.stop_asked()) return false;
    const TickScope tick(engine);
    body.call(engine);
    ++iteration;
  }
  return true;
}

std::vector<TensorData> Interpreter::evaluate(const Block& block, std::span<const TensorData> inputs) {
  const at::NoGradGuard off;
  Engine& engine = impl_->engine;
  const Aside aside(engine);
  const auto body = Preparing(engine).body(block);
  std::vector<Tensor> arguments;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Type& type = engine.program.type(block.parameters.at(i));
    const interp::Alignment align(inputs[i].type.axes, type.axes);
    arguments.push_back(interp::to_kind(align(interp::from_data(inputs[i])), type.kind));
  }
  const TickScope tick(engine);
  const auto robot = engine.options.robot;
  const Actor::Acting acting(*engine.actor, robot ? std::vector{robot} : std::vector<const Environment*>{});
  const std::vector<Tensor> results = body->call(engine, std::move(arguments));
  std::vector<TensorData> data;
  for (size_t i = 0; i < results.size(); ++i)
    data.push_back(interp::to_data(results[i], engine.program.type(block.results[i])));
  return data;
}

void Interpreter::Impl::with_policy(const Node& evaluate, uint64_t seed,
                                    const std::function<void(const Body&, const Body&)>& use) {
  if (evaluate.op != Op::evaluate) throw std::logic_error("a policy is evaluated by an evaluate node");
  const at::NoGradGuard off;
  const Aside aside(engine);
  const Borrowed borrowed(engine);
  engine.seed = seed;
  const auto whole = Preparing(engine).body(engine.program.main);
  const interp::Step* step = interp::find_step(*whole, evaluate);
  if (!step) throw std::logic_error("a policy is evaluated by a node of the program");
  const Body &begin = *step->bodies.at(0), &act = *step->bodies.at(1);
  const Supplied supplied(engine, {&begin, &act});
  use(begin, act);
}

Actor::Episodes Interpreter::Impl::episodes(const Node& evaluate, const Body& begin, const Body& act, uint64_t ordinal,
                                            const EpisodeWatcher& watch) {
  engine.counters.ticks = ordinal << 32;  // whatever the run has done before
  const auto site = static_cast<uint64_t>(evaluate.integer("site"));
  const int64_t lockstep = evaluate.integer("episodes");  // the block is made for as many at once
  return engine.actor->episodes(&begin, act, lockstep, site, ordinal, evaluate, watch);
}

std::vector<double> Interpreter::evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed) {
  std::vector<double> returns;
  impl_->with_policy(evaluate, seed, [&](const Body& begin, const Body& act) {
    for (uint64_t ordinal = 0; static_cast<int64_t>(returns.size()) < episodes; ++ordinal) {
      const Actor::Episodes done = impl_->episodes(evaluate, begin, act, ordinal, {});
      returns.insert(returns.end(), done.returns.begin(), done.returns.end());
    }
  });
  returns.resize(static_cast<size_t>(episodes));
  return returns;
}

void Interpreter::watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch) {
  impl_->with_policy(evaluate, seed,
                     [&](const Body& begin, const Body& act) { impl_->episodes(evaluate, begin, act, 0, watch); });
}

void Interpreter::save(CheckpointWriter& writer) const {
  Engine& engine = impl_->engine;
  writer.add_value<int64_t>("engine.node", impl_->node);
  writer.add_value<int64_t>("engine.iteration", impl_->iteration);
  engine.counters.save(writer);
  // What the nodes of main have computed and later ones still need.
  for (const Node& node : engine.program.main.nodes) {
    for (const ValueId id : node.results) {
      if (static_cast<size_t>(id) >= engine.values.size() || !engine.value(id).defined()) continue;
      engine.value(id) = engine.value(id).contiguous();  // the same value; the writer wants its bytes in one piece
      interp::save_tensor(writer, "value." + std::to_string(id), engine.value(id));
    }
  }
  engine.states.save(writer);
  for (const auto& memory : engine.memories)
    if (memory) memory->save(writer);
  engine.actor->save(writer);
}

void Interpreter::load(const CheckpointReader& reader) {
  Engine& engine = impl_->engine;
  impl_->node = reader.value<int64_t>("engine.node");
  impl_->iteration = reader.value<int64_t>("engine.iteration");
  engine.counters.load(reader);
  engine.values.assign(engine.program.values.size(), {});
  const std::string values = "value.";
  for (const BlobInfo& blob : reader.blobs())
    if (blob.name.starts_with(values))
      engine.values.at(std::stoull(blob.name.substr(values.size()))) = interp::load_tensor(reader, blob.name);
  engine.states.load(reader);
  for (size_t id = 0; id < engine.program.memories.size(); ++id)
    if (reader.has("memory." + engine.program.memories[id].name + ".next"))
      engine.memory(static_cast<int64_t>(id)).load(reader);
  engine.actor->load(reader);
}

}  // namespace duet
