#include "compiler/passes/rewriter.h"

#include "compiler/passes/uses.h"

namespace duet {

Rewriter::Rewriter(Program& program, Notes& notes)
    : program_(program), notes_(notes), readers_(count_uses(program.main)) {
  grow();
}

void Rewriter::grow() {
  const size_t size = program_.values.size();
  makers_.resize(size);
  places_.resize(size);
  while (now_.size() < size) now_.push_back(static_cast<ValueId>(now_.size()));
}

bool Rewriter::run() {
  block(program_.main, nullptr);
  return changed_;
}

void Rewriter::block(Block& block, Node* around) {
  std::vector<Node> nodes = std::move(block.nodes);
  block.nodes.clear();
  std::vector<Node> placed;
  placed.reserve(nodes.size());
  std::vector<Node>* outer = here_;
  const int outer_place = place_;
  here_ = &placed;
  place_ = ++entered_;
  if (around) enter(*around, block);
  for (Node& node : nodes) {
    refresh(node.inputs);
    approach(node);
    blocks_of(node);
    visit(std::move(node));
  }
  refresh(block.results);
  here_ = outer;
  place_ = outer_place;
  block.nodes = std::move(placed);
}

void Rewriter::blocks_of(Node& node) {
  const double outer = times_;
  const bool outer_differentiated = differentiated_;
  differentiated_ |= node.op == Op::gradient || node.op == Op::minimize;
  if (node.op == Op::scan || node.op == Op::iterate) times_ *= static_cast<double>(node.integer("count"));
  for (Block& inner : node.blocks) block(inner, &node);
  times_ = outer;
  differentiated_ = outer_differentiated;
}

void Rewriter::refresh(std::vector<ValueId>& ids) const {
  for (ValueId& id : ids) id = current(id);
}

std::vector<std::vector<Axis>> Rewriter::input_axes(const Node& node) const {
  std::vector<std::vector<Axis>> all;
  for (const ValueId id : node.inputs) all.push_back(axes(id));
  return all;
}

const Node* Rewriter::maker(ValueId id) const {
  return makers_[static_cast<size_t>(id)];
}

const Node* Rewriter::maker(ValueId id, Op op) const {
  const Node* node = maker(id);
  return node && node->op == op ? node : nullptr;
}

bool Rewriter::made_here(ValueId id) const {
  return places_[static_cast<size_t>(id)] == place_;
}

int Rewriter::readers(ValueId id) const {
  const auto found = readers_.find(id);
  return found == readers_.end() ? 0 : found->second;
}

ValueId Rewriter::value(Type type, std::string name) {
  program_.values.push_back({std::move(type), std::move(name)});
  grow();
  return static_cast<ValueId>(program_.values.size() - 1);
}

void Rewriter::put(Node node) {
  grow();
  heads_.push_back({node.op, node.inputs, node.results, node.attributes, {}, node.span});
  for (const ValueId id : node.results) {
    makers_[static_cast<size_t>(id)] = &heads_.back();
    places_[static_cast<size_t>(id)] = place_;
  }
  here_->push_back(std::move(node));
}

ValueId Rewriter::make(Op op, std::vector<ValueId> inputs, Type result, Span span, Attributes attributes) {
  const ValueId id = value(std::move(result));
  put({op, std::move(inputs), {id}, std::move(attributes), {}, span});
  return id;
}

void Rewriter::replace(ValueId old, ValueId now) {
  changed_ = true;
  now_[static_cast<size_t>(old)] = now;
  std::string& name = program_.values[static_cast<size_t>(now)].name;
  if (name.empty()) name = program_.values[static_cast<size_t>(old)].name;
}

ValueId Rewriter::current(ValueId id) const {
  while (now_[static_cast<size_t>(id)] != id) id = now_[static_cast<size_t>(id)];
  return id;
}

void Rewriter::note(Span span, std::string what, double flops) {
  notes_.push_back({span, std::move(what), flops * times_});
}

}  // namespace duet
