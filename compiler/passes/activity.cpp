#include "compiler/passes/activity.h"

#include <algorithm>

#include "compiler/passes/copy_block.h"

namespace duet {

namespace {

/// How many of the first inputs a derivative flows to; the others are indices, conditions and sizes.
struct Flow {
  size_t first = 0, end = 0;
};

Flow flow(const Node& node) {
  const size_t all = node.inputs.size();
  switch (node.op) {
    case Op::logical_not:
    case Op::floor:
    case Op::sign:
    case Op::stop:
    case Op::is_finite:
    case Op::less:
    case Op::less_equal:
    case Op::equal:
    case Op::not_equal:
    case Op::logical_and:
    case Op::logical_or:
    case Op::argmin:
    case Op::argmax:
    case Op::top_k:
    case Op::bottom_k:
    case Op::extent:
      return {};
    case Op::select:
      return {1, all};
    case Op::take:
    case Op::put:
    case Op::pad:
    case Op::expand:
      return {0, 1};
    default:
      return {0, all};
  }
}

}  // namespace

void Activity::add(ValueId id) {
  const auto at = static_cast<size_t>(id);
  if (active_.size() <= at) active_.resize(std::max(program_.values.size(), at + 1));
  active_[at] = true;
}

bool Activity::any(const std::vector<ValueId>& ids) const {
  return std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return (*this)(id); });
}

void Activity::mark(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) mark(node);
}

void Activity::mark(const Node& node) {
  switch (info(node.op).group) {
    case OpGroup::random:
    case OpGroup::effect:
      return;
    default:
      break;
  }
  if (node.op == Op::scan) return mark_loop(node, static_cast<size_t>(node.integer("carries")));
  if (node.op == Op::iterate) return mark_loop(node, node.inputs.size());
  if (node.op == Op::choose) return mark_choose(node);
  if (node.op == Op::group) return mark_group(node);
  if (!node.blocks.empty()) return mark_closed(node);
  const Flow from = flow(node);
  for (size_t i = from.first; i < from.end; ++i)
    if ((*this)(node.inputs[i]))
      for (const ValueId id : node.results)
        if (program_.type(id).kind == Kind::real) add(id);
}

/// A carry is active if it is in any step.
void Activity::mark_loop(const Node& node, size_t carries) {
  const Block& body = node.blocks[0];
  for (size_t i = 0; i < node.inputs.size(); ++i)
    if ((*this)(node.inputs[i])) add(body.parameters[1 + i]);
  for (bool grown = true; grown;) {
    grown = false;
    mark(body.nodes);
    for (size_t i = 0; i < carries; ++i) {
      if (!(*this)(body.results[i]) || (*this)(body.parameters[1 + i])) continue;
      add(body.parameters[1 + i]);
      grown = true;
    }
  }
  for (size_t i = 0; i < node.results.size(); ++i)
    if ((*this)(body.results[i]) || (i < carries && (*this)(body.parameters[1 + i]))) add(node.results[i]);
}

void Activity::mark_choose(const Node& node) {
  for (const Block& block : node.blocks) {
    mark(block.nodes);
    for (size_t i = 0; i < node.results.size(); ++i)
      if ((*this)(block.results[i])) add(node.results[i]);
  }
}

void Activity::mark_group(const Node& node) {
  const Block& body = node.blocks[0];
  for (size_t i = 1; i < node.inputs.size(); ++i)
    if ((*this)(node.inputs[i])) add(body.parameters[i]);
  mark(body.nodes);
  for (size_t i = 0; i < node.results.size(); ++i)
    if ((*this)(body.results[i])) add(node.results[i]);
}

/// Of nodes that have no adjoint: all results may depend on all that is read.
void Activity::mark_closed(const Node& node) {
  bool reads = any(node.inputs);
  for (const Block& block : node.blocks) reads = reads || any(free_values(block));
  if (!reads) return;
  for (const ValueId id : node.results)
    if (program_.type(id).kind == Kind::real) add(id);
}

}  // namespace duet
