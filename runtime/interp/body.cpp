#include "runtime/interp/body.h"

#include <algorithm>
#include <stdexcept>

#include "runtime/interp/trap.h"

namespace duet::interp {

void Body::run_step(Engine& engine, const Step& step) const {
  try {
    if (engine.trace) {
      run_traced(engine, step);
    } else {
      step.run(engine);
    }
  } catch (const c10::Error& failure) {
    throw Error("E0604", "`" + std::string(info(step.node->op).name) + "` failed: " + failure.what_without_backtrace(),
                {}, step.node->span);
  } catch (const Error& error) {
    throw error.at(step.node->span);
  }
}

void Body::run(Engine& engine) const {
  enter(engine);
  for (const Step& step : steps_) {
    run_step(engine, step);
    drop(engine, step);
    if (engine.aside && engine.stop_asked()) throw Error("E0607", "interrupted");
  }
}

void Body::drop(Engine& engine, const Step& step) const {
  for (const ValueId id : step.dead) engine.value(id).reset();
}

std::vector<Tensor> Body::take_results(Engine& engine) const {
  std::vector<Tensor> results;
  results.reserve(block_->results.size());
  for (const ValueId id : block_->results) results.push_back(engine.value(id));
  for (const ValueId id : own_) engine.value(id).reset();
  return results;
}

std::vector<Tensor> Body::call(Engine& engine, std::vector<Tensor> arguments) const {
  if (arguments.size() != block_->parameters.size()) throw std::logic_error("a block got too few or many arguments");
  for (size_t i = 0; i < arguments.size(); ++i) engine.value(block_->parameters[i]) = std::move(arguments[i]);
  run(engine);
  return take_results(engine);
}

void recompute(Engine& engine, ValueId id, std::set<ValueId>& seen) {
  if (!seen.insert(id).second) return;
  const Engine::Definition at = engine.definitions[static_cast<size_t>(id)];
  if (!at.body || at.step < 0) return;
  const Step& step = at.body->steps()[static_cast<size_t>(at.step)];
  for (const ValueId used : step.uses) recompute(engine, used, seen);
  if (!step.repeatable) return;
  for (const ValueId used : step.uses)
    if (!engine.value(used).defined()) return;
  engine.tick = at.body->tick();
  at.body->run_step(engine, step);
}

namespace {

/// The node itself or a copy of it: parameters are values of one block only.
bool same_node(const Node& a, const Node& b) {
  if (&a == &b) return true;
  return a.op == b.op && !a.blocks.empty() && a.blocks.size() == b.blocks.size() &&
         !a.blocks.back().parameters.empty() && a.blocks.back().parameters == b.blocks.back().parameters;
}

}  // namespace

const Step* find_step(const Body& body, const Node& node) {
  for (const Step& step : body.steps()) {
    if (same_node(*step.node, node)) return &step;
    for (const auto& inner : step.bodies)
      if (const Step* found = find_step(*inner, node)) return found;
  }
  return nullptr;
}

std::vector<int64_t> RuntimeShape::operator()(const Engine& engine) const {
  std::vector<int64_t> sizes = sizes_;
  for (const Source& source : sources_)
    sizes[source.into] = engine.values[static_cast<size_t>(source.value)].size(source.axis);
  return sizes;
}

AxisSize::AxisSize(const Preparing& preparing, const Node& node, const std::string& axis)
    : size_(preparing.type(node.results.at(0)).size_of(axis)) {
  if (size_ != kUnknownSize) return;
  like_ = node.inputs.back();
  dim_ = position(preparing.axes(like_), axis);
}

int64_t AxisSize::operator()(const Engine& engine) const {
  return size_ != kUnknownSize ? size_ : engine.values[static_cast<size_t>(like_)].size(dim_);
}

RuntimeShape Preparing::shape(const Type& type, const Node& node) {
  RuntimeShape shape;
  for (size_t i = 0; i < type.axes.size(); ++i) {
    shape.sizes_.push_back(type.axes[i].size);
    if (type.axes[i].size != kUnknownSize) continue;
    const ValueId source = find_axis(type.axes[i].name, node);
    current_.back().reads.insert(source);
    shape.sources_.push_back({source, position(axes(source), type.axes[i].name), i});
  }
  return shape;
}

ValueId Preparing::find_axis(const std::string& name, const Node& node) const {
  for (const ValueId id : node.inputs)
    if (type(id).has(name)) return id;
  for (auto id = scope_.rbegin(); id != scope_.rend(); ++id)
    if (type(*id).has(name)) return *id;
  throw std::logic_error(std::string(info(node.op).name) + ": nothing in scope tells the size of axis " + name);
}

std::shared_ptr<const Body> Preparing::body(const Block& block) {
  auto body = std::make_shared<Body>();
  body->block_ = &block;
  const size_t outside = scope_.size();
  scope_.insert(scope_.end(), block.parameters.begin(), block.parameters.end());
  engine_.values.resize(std::max(engine_.values.size(), program_.values.size()));
  engine_.definitions.resize(engine_.values.size());
  for (const ValueId id : block.parameters) engine_.definitions[static_cast<size_t>(id)] = {body.get(), -1};
  for (const Node& node : block.nodes) {
    for (const ValueId id : node.results)
      engine_.definitions[static_cast<size_t>(id)] = {body.get(), static_cast<int>(body->steps_.size())};
    body->steps_.push_back(step(node));
    body->repeatable_ &= body->steps_.back().repeatable;
    scope_.insert(scope_.end(), node.results.begin(), node.results.end());
  }
  const std::set<ValueId> own(scope_.begin() + static_cast<std::ptrdiff_t>(outside), scope_.end());
  std::set<ValueId> outer;
  for (const Step& step : body->steps_)
    for (const ValueId id : step.uses)
      if (!own.count(id)) outer.insert(id);
  for (const ValueId id : block.results)
    if (!own.count(id)) outer.insert(id);
  body->outer_uses_.assign(outer.begin(), outer.end());
  drop_after_last_use(*body);
  scope_.resize(outside);
  if (!current_.empty()) {
    current_.back().reads.insert(outer.begin(), outer.end());
    current_.back().bodies.push_back(body);
  }
  return body;
}

void Preparing::drop_after_last_use(Body& body) const {
  const Block& block = *body.block_;
  std::set<ValueId> waiting;  // computed here and not a result
  for (const Node& node : block.nodes) waiting.insert(node.results.begin(), node.results.end());
  for (const ValueId id : block.results) {
    if (waiting.erase(id)) body.own_.push_back(id);
  }
  for (auto step = body.steps_.rbegin(); step != body.steps_.rend(); ++step) {
    const auto drop = [&](ValueId id) {
      if (waiting.erase(id)) step->dead.push_back(id);
    };
    for (const ValueId id : step->uses) drop(id);
    for (const ValueId id : step->node->results) drop(id);
  }
  body.own_.insert(body.own_.end(), block.parameters.begin(), block.parameters.end());
}

namespace {

bool repeatable_op(Op op) {
  switch (op) {
    case Op::load:
    case Op::counter:
    case Op::memory_size:
    case Op::sample:
    case Op::sample_starts:
    case Op::rows:
    case Op::split:
    case Op::gather:
    case Op::simulate:
      return true;
    default:
      return info(op).group != OpGroup::effect;
  }
}

Run prepare(Preparing& preparing, const Node& node) {
  switch (info(node.op).group) {
    case OpGroup::unary:
      return prepare_unary(preparing, node);
    case OpGroup::binary:
      return prepare_binary(preparing, node);
    case OpGroup::reduce:
      return prepare_reduce(preparing, node);
    case OpGroup::shape:
      return prepare_shape(preparing, node);
    case OpGroup::random:
      return prepare_random(preparing, node);
    case OpGroup::network:
      return prepare_network(preparing, node);
    case OpGroup::control:
      return prepare_control(preparing, node);
    case OpGroup::effect:
      return prepare_effect(preparing, node);
  }
  throw std::logic_error("unknown group of operations");
}

bool contains_effects(const Block& block) {
  for (const Node& node : block.nodes) {
    if (!repeatable_op(node.op)) return true;
    for (const Block& inner : node.blocks)
      if (contains_effects(inner)) return true;
  }
  return false;
}

}  // namespace

Step Preparing::step(const Node& node) {
  current_.push_back({{node.inputs.begin(), node.inputs.end()}, {}});
  Step step;
  step.node = &node;
  step.run = prepare(*this, node);
  step.uses.assign(current_.back().reads.begin(), current_.back().reads.end());
  step.bodies = std::move(current_.back().bodies);
  current_.pop_back();
  step.repeatable = repeatable_op(node.op);
  for (const Block& block : node.blocks) step.repeatable &= !contains_effects(block);
  return step;
}

}  // namespace duet::interp
