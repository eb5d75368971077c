#include "compiler/passes/uses.h"

namespace duet {

namespace {

void count(const Block& block, std::unordered_map<ValueId, int>& uses) {
  for (const Node& node : block.nodes) {
    for (const ValueId id : node.inputs) ++uses[id];
    for (const Block& inner : node.blocks) count(inner, uses);
  }
  for (const ValueId id : block.results) ++uses[id];
}

void drop_own(const Block& block, std::unordered_set<ValueId>& read) {
  for (const ValueId id : block.parameters) read.erase(id);
  for (const Node& node : block.nodes) {
    for (const ValueId id : node.results) read.erase(id);
    for (const Block& inner : node.blocks) drop_own(inner, read);
  }
}

}  // namespace

std::unordered_map<ValueId, int> count_uses(const Block& block) {
  std::unordered_map<ValueId, int> uses;
  count(block, uses);
  return uses;
}

std::unordered_set<ValueId> values_read(const Node& node) {
  std::unordered_set<ValueId> read(node.inputs.begin(), node.inputs.end());
  for (const Block& block : node.blocks) {
    for (const auto& [id, times] : count_uses(block)) read.insert(id);
    drop_own(block, read);
  }
  return read;
}

}  // namespace duet
