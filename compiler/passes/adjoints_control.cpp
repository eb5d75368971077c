// Derivatives of choices; those of loops have a file of their own.
#include <algorithm>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

/// What the derivative of a choice flows to: the active values that its blocks read.
std::vector<ValueId> read_by_blocks(const Reverse& reverse, const Node& node) {
  std::vector<ValueId> all;
  for (const Block& block : node.blocks)
    for (const ValueId id : free_values(block))
      if (reverse.wants(id) && std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
  return all;
}

/// A block again, and the derivatives towards `outer` of its results, which have `arriving` as far as there are any.
Block backward(Reverse& reverse, const Block& original, const std::vector<std::optional<ValueId>>& arriving,
               const std::vector<ValueId>& outer) {
  Builder& builder = reverse.emit.builder();
  OpenBlock open(builder);
  Copier copy(builder.program());
  std::vector<Node> nodes = copy.nodes(original.nodes);
  reverse.activity().mark(nodes);
  Reverse inner(builder, reverse.activity());
  inner.emit.span = reverse.emit.span;
  for (size_t i = 0; i < arriving.size(); ++i)
    if (arriving[i]) inner.add(copy(original.results[i]), *arriving[i]);
  inner.walk(nodes);
  std::vector<ValueId> results;
  for (const ValueId id : outer) results.push_back(inner.total(id));
  Block block = open.close();
  nodes.insert(nodes.end(), std::make_move_iterator(block.nodes.begin()), std::make_move_iterator(block.nodes.end()));
  block.nodes = std::move(nodes);
  block.results = std::move(results);
  return block;
}

/// The same choice again, between the derivatives.
void adjoint_choose(Reverse& reverse, const Node& node) {
  const std::vector<ValueId> outer = read_by_blocks(reverse, node);
  std::vector<std::optional<ValueId>> arriving;
  for (const ValueId id : node.results) arriving.push_back(reverse.of(id));
  std::vector<Block> blocks;
  for (const Block& block : node.blocks) blocks.push_back(backward(reverse, block, arriving, outer));
  std::vector<Type> types;
  for (const ValueId id : outer) types.push_back(reverse.emit.type(id));
  const std::vector<ValueId> results =
      reverse.emit.builder().emit(Op::choose, node.inputs, types, node.span, node.attributes, std::move(blocks));
  for (size_t i = 0; i < outer.size(); ++i) reverse.add(outer[i], results[i]);
}

}  // namespace

void adjoint_control(Reverse& reverse, Node& node) {
  switch (node.op) {
    case Op::scan:
      return adjoint_scan(reverse, node);
    case Op::iterate:
      return adjoint_iterate(reverse, node);
    case Op::choose:
      return adjoint_choose(reverse, node);
    default:
      throw NoDerivative{};  // a gradient that could not be written as nodes; what later passes make
  }
}

}  // namespace duet
