#include "compiler/passes/copy.h"

namespace duet {

namespace {

std::vector<ValueId> copies(const std::vector<ValueId>& ids, const Copied& copied) {
  std::vector<ValueId> all;
  for (const ValueId id : ids) {
    const auto found = copied.find(id);
    all.push_back(found == copied.end() ? id : found->second);
  }
  return all;
}

}  // namespace

Block copy_block(const Block& block, Copied& copied, const std::function<ValueId(ValueId)>& fresh) {
  Block copy;
  for (const ValueId id : block.parameters)
    if (!copied.count(id)) copy.parameters.push_back(copied[id] = fresh(id));
  for (const Node& node : block.nodes) {
    Node twin{node.op, copies(node.inputs, copied), {}, node.attributes, {}, node.span};
    for (const Block& inner : node.blocks) twin.blocks.push_back(copy_block(inner, copied, fresh));
    for (const ValueId id : node.results) twin.results.push_back(copied[id] = fresh(id));
    copy.nodes.push_back(std::move(twin));
  }
  copy.results = copies(block.results, copied);
  return copy;
}

}  // namespace duet
