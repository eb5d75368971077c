#include "runtime/plan/plan.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/kernels/bfloat16.h"
#include "runtime/plan/actor.h"
#include "runtime/plan/policy_source.h"
#include "runtime/plan/prepared_block.h"

namespace duet {

using plan::Actor;
using plan::Body;
using plan::Engine;
using plan::Layout;
using plan::Policy;
using plan::Preparing;
using plan::Thread;
using plan::TickScope;

namespace {

/// A value of main outside the memory of its body, row by row.
struct KeptValue {
  std::vector<int64_t> sizes;
  std::vector<float> data;
};
using KeptValues = std::map<ValueId, KeptValue>;

bool resumable(const Node& node) {
  return node.op == Op::loop || node.op == Op::repeat;
}

std::vector<ValueId> results_before(const Block& block, size_t node) {
  std::vector<ValueId> ids;
  for (size_t i = 0; i < node; ++i) ids.insert(ids.end(), block.nodes[i].results.begin(), block.nodes[i].results.end());
  return ids;
}

bool rounds_layers(const Block& block) {
  return std::ranges::any_of(block.nodes, [](const Node& node) {
    return (node.op == Op::linear && node.has("precision")) || std::ranges::any_of(node.blocks, rounds_layers);
  });
}

/// How many floats a value spans.
size_t extent(const Layout& layout) {
  int64_t last = 0;
  for (size_t d = 0; d < layout.sizes.size(); ++d) last += (layout.sizes[d] - 1) * layout.strides[d];
  return static_cast<size_t>(std::max<int64_t>(last + 1, 0));
}

/// While it lives, a block beside the run may be evaluated, and be broken off.
class Aside {
 public:
  explicit Aside(Engine& engine) : engine_(engine) { engine.aside = true; }
  ~Aside() { engine_.aside = false; }
  Aside(const Aside&) = delete;

 private:
  Engine& engine_;
};

/// Counters, seed, and where the values of the run lie are as before when it ends.
class Borrowed {
 public:
  explicit Borrowed(Engine& engine)
      : engine_(engine),
        counters_(engine.counters),
        seed_(engine.seed),
        layouts_(engine.layouts),
        at_(thread().at),
        tick_(thread().tick) {}
  ~Borrowed() {
    engine_.counters = std::move(counters_);
    engine_.seed = seed_;
    engine_.layouts = std::move(layouts_);
    thread().at = std::move(at_);
    thread().tick = tick_;
    engine_.make_room();
  }
  Borrowed(const Borrowed&) = delete;

 private:
  Thread& thread() const { return engine_.main; }

  Engine& engine_;
  Counters counters_;
  uint64_t seed_;
  std::vector<Layout> layouts_;
  std::vector<float*> at_;
  uint64_t tick_;
};

}  // namespace

struct Plan::Impl {
  Impl(const Program& program, EngineOptions options) : engine(program, std::move(options)) {}

  Thread& thread() { return engine.main; }
  const std::vector<Node>& nodes() const { return engine.program.main.nodes; }

  bool run();
  bool run_loop(const Node& node);
  void warn_of_slow_bfloat16();
  void enter_main();
  void put_back(ValueId id, const KeptValue& value);
  /// What main has computed and the nodes from `node` on still need.
  KeptValues needed();

  PreparedBlock& prepared(const Block& block, std::span<const TensorData> inputs);

  /// Calls `use` with the policy of an evaluate node, ready to act; afterwards all is as before.
  void with_policy(const Node& evaluate, uint64_t seed, const std::function<void(Policy&)>& use);
  /// The `ordinal`-th lot of episodes of an evaluation.
  Actor::Episodes episodes(Policy& policy, uint64_t ordinal, const EpisodeWatcher& watch);

  Engine engine;
  std::unique_ptr<Body> main;  // as of the last run; null: nothing has run since the start or `load`
  KeptValues kept;             // while there is no `main`
  std::vector<plan::Buffer> restored;
  // Where the run stands: the node of `main`, and how many iterations of it are done.
  size_t node = 0;
  int64_t iteration = 0;
  bool warned = false;
  std::vector<std::unique_ptr<PreparedBlock>> blocks;  // that were evaluated, the latest first
};

Plan::Plan(const Program& program, EngineOptions options)
    : impl_(std::make_unique<Impl>(program, std::move(options))) {}

Plan::~Plan() = default;

int64_t Plan::step() const {
  return impl_->engine.counters.step;
}

bool Plan::run() {
  return impl_->run();
}

bool Plan::Impl::run() {
  warn_of_slow_bfloat16();
  enter_main();
  plan::Entry entry(thread(), *main);
  for (; node < nodes().size(); ++node, iteration = 0) {
    const size_t segment = main->segment_of(node);
    if (node == main->first_node(segment)) main->enter(thread(), segment);
    entry.stand_at(node);
    if (!resumable(nodes()[node])) {
      Body::run_step(thread(), main->steps(segment)[node - main->first_node(segment)]);
    } else if (!run_loop(nodes()[node])) {
      return false;
    }
  }
  return true;
}

void Plan::Impl::warn_of_slow_bfloat16() {
  if (warned || !engine.options.events || kernels::bfloat16_is_fast() || !rounds_layers(engine.program.main)) return;
  engine.options.events->warning("this processor lacks avx512_bf16, so that `precision bf16` makes planning slower");
  warned = true;
}

/// A loop of main: it can be left and entered again between two iterations. False if a stop was asked for.
bool Plan::Impl::run_loop(const Node& at) {
  const auto body = Preparing(engine, results_before(engine.program.main, node)).body(at.blocks.at(0));
  const double count = at.op == Op::repeat ? std::floor(*thread().value(at.inputs.at(0))) : INFINITY;
  while (static_cast<double>(iteration) < count && !engine.steps_done()) {
    if (engine.options.at_safe_point) engine.options.at_safe_point(engine.counters.step);
    if (engine.stop_asked()) return false;
    const TickScope tick(thread());
    body->run(thread());
    ++iteration;
  }
  return true;
}

/// Makes main ready to go on where it stands: anew, since the program may have grown.
void Plan::Impl::enter_main() {
  kept = needed();
  restored.clear();
  main = Preparing(engine, {}).body(engine.program.main);
  thread().tick = 0;
  const size_t here = main->segment_of(node);
  for (size_t segment = 0; segment < here; ++segment) {
    main->enter(thread(), segment);
    // Sizes that only running told.
    for (const ValueId id : nodes()[main->first_node(segment + 1) - 1].results)
      if (kept.count(id)) engine.layout(id) = plan::contiguous_layout(kept.at(id).sizes);
  }
  main->enter(thread(), here);
  for (const auto& [id, value] : kept) put_back(id, value);
}

void Plan::Impl::put_back(ValueId id, const KeptValue& value) {
  const Layout from = plan::contiguous_layout(value.sizes);
  const Layout& to = engine.layout(id);
  if (from.sizes != to.sizes)
    throw Error("E0709", "the checkpoint's value " + std::to_string(id) + " does not fit this program");
  plan::Buffer& buffer = restored.emplace_back(extent(to));
  plan::strided_copy(from, to)(value.data.data(), buffer.data());
  thread().point(id, buffer.data());
}

KeptValues Plan::Impl::needed() {
  if (!main) return kept;
  std::set<ValueId> wanted;
  for (size_t i = node; i < nodes().size(); ++i) {
    const auto uses = plan::uses_of(nodes()[i]);
    wanted.insert(uses.begin(), uses.end());
  }
  KeptValues values;
  for (size_t i = 0; i < node; ++i) {
    // The results of these tell sizes, even if nobody reads them.
    const bool open = nodes()[i].op == Op::rows || nodes()[i].op == Op::split;
    for (const ValueId id : nodes()[i].results) {
      if (!open && !wanted.count(id)) continue;
      plan::InOrder in_order(engine.program.type(id).axes);
      const auto x = in_order(thread().value(id), engine.layout(id));
      values[id] = {engine.layout(id).sizes, {x.begin(), x.end()}};
    }
  }
  return values;
}

void Plan::profile(plan::Profile* profile) {
  impl_->engine.profile = profile;
}

std::vector<BlockMemory> Plan::block_memory() {
  std::vector<BlockMemory> found;
  const plan::Survey survey(impl_->engine, found);
  Preparing(impl_->engine, {}).body(impl_->engine.program.main);
  return found;
}

std::unique_ptr<PreparedBlock> Plan::prepare(const Block& block, const std::vector<std::vector<int64_t>>& sizes) {
  return std::make_unique<PreparedBlock>(impl_->engine, block, sizes);
}

/// The block for these inputs, which it is given.
PreparedBlock& Plan::Impl::prepared(const Block& block, std::span<const TensorData> inputs) {
  constexpr size_t kKept = 8;
  if (inputs.size() != block.parameters.size()) throw std::logic_error("a block got too few or many arguments");
  std::vector<std::vector<int64_t>> sizes;
  std::vector<Layout> layouts;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> own;
    for (const Axis& axis : inputs[i].type.axes) own.push_back(axis.size);
    layouts.push_back(plan::permuted(plan::contiguous_layout(own), inputs[i].type.axes,
                                     engine.program.type(block.parameters[i]).axes));
    sizes.push_back(layouts[i].sizes);
  }
  auto found = std::ranges::find_if(blocks, [&](const auto& known) { return known->is_of(block, sizes); });
  if (found == blocks.end()) {
    if (blocks.size() == kKept) blocks.pop_back();
    found = blocks.insert(blocks.end(), std::make_unique<PreparedBlock>(engine, block, sizes));
  }
  std::rotate(blocks.begin(), found, found + 1);
  for (size_t i = 0; i < inputs.size(); ++i)
    plan::strided_copy(layouts[i], plan::contiguous_layout(sizes[i]))(inputs[i].data.data(),
                                                                      blocks.front()->input(i).data());
  return *blocks.front();
}

std::vector<TensorData> Plan::evaluate(const Block& block, std::span<const TensorData> inputs) {
  const Aside aside(impl_->engine);
  PreparedBlock& prepared = impl_->prepared(block, inputs);
  prepared.run();
  std::vector<TensorData> data;
  for (size_t i = 0; i < block.results.size(); ++i) {
    const auto x = prepared.output(i);
    data.push_back({impl_->engine.program.type(block.results[i]), {x.begin(), x.end()}});
    for (size_t d = 0; d < prepared.sizes(i).size(); ++d) data[i].type.axes[d].size = prepared.sizes(i)[d];
  }
  return data;
}

void Plan::Impl::with_policy(const Node& evaluate, uint64_t seed, const std::function<void(Policy&)>& use) {
  if (evaluate.op != Op::evaluate) throw std::logic_error("a policy is evaluated by an evaluate node");
  const Aside aside(engine);
  const Borrowed borrowed(engine);
  engine.seed = seed;
  const KeptValues values = needed();
  std::set<ValueId> known;
  for (const auto& [id, value] : values) known.insert(id);
  const plan::PolicySource source = plan::find_policy(engine.program, evaluate, known);

  engine.make_room();
  std::vector<std::vector<float>> data;
  for (const auto& [id, value] : values) {
    engine.layout(id) = plan::contiguous_layout(value.sizes);
    thread().point(id, data.emplace_back(value.data).data());
  }
  std::vector<ValueId> scope(known.begin(), known.end());
  const auto leading = Preparing(engine, scope).body(source.leading);
  thread().tick = 0;
  leading->run(thread());
  const auto made = results_before(source.leading, source.leading.nodes.size());
  scope.insert(scope.end(), made.begin(), made.end());
  Policy policy(Preparing(engine, scope), source.evaluate);
  use(policy);
}

Actor::Episodes Plan::Impl::episodes(Policy& policy, uint64_t ordinal, const EpisodeWatcher& watch) {
  engine.counters.ticks = ordinal << 32;  // whatever the run has done before
  const auto site = static_cast<uint64_t>(policy.node().integer("site"));
  const int64_t lockstep = policy.node().integer("episodes");  // the block is made for as many at once
  return engine.actor->episodes(thread(), policy, lockstep, site, ordinal, watch);
}

std::vector<double> Plan::evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed) {
  std::vector<double> returns;
  impl_->with_policy(evaluate, seed, [&](Policy& policy) {
    for (uint64_t ordinal = 0; static_cast<int64_t>(returns.size()) < episodes; ++ordinal) {
      const Actor::Episodes done = impl_->episodes(policy, ordinal, {});
      returns.insert(returns.end(), done.returns.begin(), done.returns.end());
    }
  });
  returns.resize(static_cast<size_t>(episodes));
  return returns;
}

void Plan::watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch) {
  impl_->with_policy(evaluate, seed, [&](Policy& policy) { impl_->episodes(policy, 0, watch); });
}

namespace {

/// What is copied: `value` may go before the checkpoint is written.
void save_value(CheckpointWriter& writer, const std::string& name, Kind kind, const KeptValue& value) {
  if (kind != Kind::real) return plan::save_array(writer, name, kind, value.sizes, value.data.data());
  writer.add_kept(name, Dtype::kF32, value.sizes, std::as_bytes(std::span(value.data)));
}

}  // namespace

void Plan::save(CheckpointWriter& writer) const {
  const Engine& engine = impl_->engine;
  writer.add_value<int64_t>("engine.node", static_cast<int64_t>(impl_->node));
  writer.add_value<int64_t>("engine.iteration", impl_->iteration);
  engine.counters.save(writer);
  for (const auto& [id, value] : impl_->needed())
    save_value(writer, "value." + std::to_string(id), engine.program.type(id).kind, value);
  engine.states.save(writer);
  for (const auto& memory : engine.memories)
    if (memory) memory->save(writer);
  engine.actor->save(writer);
}

void Plan::load(const CheckpointReader& reader) {
  Engine& engine = impl_->engine;
  impl_->main.reset();
  impl_->kept.clear();
  impl_->node = static_cast<size_t>(reader.value<int64_t>("engine.node"));
  impl_->iteration = reader.value<int64_t>("engine.iteration");
  engine.counters.load(reader);
  const std::string values = "value.";
  for (const BlobInfo& blob : reader.blobs()) {
    if (!blob.name.starts_with(values)) continue;
    KeptValue& value = impl_->kept[static_cast<ValueId>(std::stoll(blob.name.substr(values.size())))];
    value.sizes = blob.shape;
    value.data.resize(static_cast<size_t>(plan::contiguous_layout(blob.shape).elements()));
    plan::load_array(reader, blob.name, static_cast<int64_t>(value.data.size()), value.data.data());
  }
  engine.packed_states.clear();
  engine.states.load(reader);
  for (size_t id = 0; id < engine.program.memories.size(); ++id)
    if (reader.has("memory." + engine.program.memories[id].name + ".next"))
      engine.memory(static_cast<int64_t>(id)).load(reader);
  engine.actor->load(reader);
}

}  // namespace duet
