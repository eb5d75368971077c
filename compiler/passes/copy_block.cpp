#include "compiler/passes/copy_block.h"

#include <unordered_set>

namespace duet {

namespace {

void substitute(std::vector<ValueId>& ids, const Substitution& now) {
  for (ValueId& id : ids)
    if (const auto it = now.find(id); it != now.end()) id = it->second;
}

/// Collects what is read and not made inside.
class FreeValues {
 public:
  void block(const Block& block) {
    made_.insert(block.parameters.begin(), block.parameters.end());
    for (const Node& node : block.nodes) {
      read(node.inputs);
      for (const Block& inner : node.blocks) this->block(inner);
      made_.insert(node.results.begin(), node.results.end());
    }
    read(block.results);
  }
  std::vector<ValueId> take() { return std::move(free_); }

 private:
  void read(const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (!made_.count(id) && seen_.insert(id).second) free_.push_back(id);
  }

  std::unordered_set<ValueId> made_, seen_;
  std::vector<ValueId> free_;
};

}  // namespace

void substitute(std::vector<Node>& nodes, const Substitution& now) {
  for (Node& node : nodes) {
    substitute(node.inputs, now);
    for (Block& block : node.blocks) {
      substitute(block.nodes, now);
      substitute(block.results, now);
    }
  }
}

std::vector<ValueId> free_values(const Block& block) {
  FreeValues values;
  values.block(block);
  return values.take();
}

ValueId Copier::operator()(ValueId id) const {
  const auto it = now_.find(id);
  return it == now_.end() ? id : it->second;
}

std::vector<ValueId> Copier::mapped(const std::vector<ValueId>& ids) const {
  std::vector<ValueId> all;
  for (const ValueId id : ids) all.push_back((*this)(id));
  return all;
}

std::vector<ValueId> Copier::fresh(const std::vector<ValueId>& ids) {
  std::vector<ValueId> all;
  for (const ValueId id : ids) {
    Value value = program_.values[static_cast<size_t>(id)];
    for (Axis& axis : value.type.axes)
      if (const auto size = sizes_.find(axis.name); size != sizes_.end() && axis.size == kUnknownSize)
        axis.size = size->second;
    program_.values.push_back(std::move(value));
    all.push_back(static_cast<ValueId>(program_.values.size() - 1));
    map(id, all.back());
  }
  return all;
}

std::vector<Node> Copier::nodes(const std::vector<Node>& originals) {
  std::vector<Node> copies;
  for (const Node& node : originals) {
    Node copy{node.op, mapped(node.inputs), {}, node.attributes, {}, node.span};
    for (const Block& block : node.blocks) {
      Block inner;
      inner.parameters = fresh(block.parameters);
      inner.nodes = nodes(block.nodes);
      inner.results = mapped(block.results);
      copy.blocks.push_back(std::move(inner));
    }
    copy.results = fresh(node.results);
    copies.push_back(std::move(copy));
  }
  return copies;
}

}  // namespace duet
