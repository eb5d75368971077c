#include "compiler/passes/hoist_invariant.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "compiler/passes/effects.h"

namespace duet {

namespace {

using Ids = std::unordered_set<ValueId>;

void add(const std::vector<ValueId>& ids, Ids& to) {
  to.insert(ids.begin(), ids.end());
}

bool any_in(const std::vector<ValueId>& ids, const Ids& set) {
  return std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return set.count(id) > 0; });
}

/// Whether the node or something in its blocks reads one of `ids`.
bool uses(const Node& node, const Ids& ids) {
  if (any_in(node.inputs, ids)) return true;
  return std::any_of(node.blocks.begin(), node.blocks.end(), [&](const Block& block) {
    return any_in(block.results, ids) ||
           std::any_of(block.nodes.begin(), block.nodes.end(), [&](const Node& inner) { return uses(inner, ids); });
  });
}

class Hoister {
 public:
  explicit Hoister(Program& program) : program_(program) {}

  bool run() {
    for (Block* outermost : program_.blocks()) block(*outermost);
    return changed_;
  }

 private:
  void block(Block& block) {
    std::vector<Node> nodes;
    nodes.reserve(block.nodes.size());
    for (Node& node : block.nodes) {
      for (Block& inner : node.blocks) this->block(inner);
      if ((node.op == Op::scan || node.op == Op::iterate) && node.integer("count") > 0) hoist(node, nodes);
      nodes.push_back(std::move(node));
    }
    block.nodes = std::move(nodes);
  }

  /// Moves what does not change in `loop` to the end of `before`.
  void hoist(Node& loop, std::vector<Node>& before) {
    const std::set<Resource> changed = effects_of(loop).writes;
    Block& body = loop.blocks.at(0);
    Ids varying;
    add(body.parameters, varying);
    std::vector<Node> kept;
    for (Node& node : body.nodes) {
      if (!uses(node, varying) && same_everywhere(node, changed)) {
        before.push_back(std::move(node));
        changed_ = true;
        continue;
      }
      add(node.results, varying);
      kept.push_back(std::move(node));
    }
    body.nodes = std::move(kept);
  }

  bool same_everywhere(const Node& node, const std::set<Resource>& changed) const {
    const Effects effects = effects_of(node);
    return effects.pure() && !draws(effects) && !disturbs(changed, effects.reads) && sizes_known(node);
  }

  /// A draw depends on the moment, and every step of a loop has its own.
  static bool draws(const Effects& effects) {
    return std::any_of(effects.reads.begin(), effects.reads.end(),
                       [](const Resource& resource) { return resource.kind == Resource::Kind::moment; });
  }

  bool sizes_known(const Node& node) const {
    const auto told = [&](const Axis& axis) {
      return axis.size != kUnknownSize || std::any_of(node.inputs.begin(), node.inputs.end(),
                                                      [&](ValueId id) { return program_.type(id).has(axis.name); });
    };
    return std::all_of(node.results.begin(), node.results.end(), [&](ValueId id) {
      const std::vector<Axis>& axes = program_.type(id).axes;
      return std::all_of(axes.begin(), axes.end(), told);
    });
  }

  Program& program_;
  bool changed_ = false;
};

}  // namespace

bool hoist_invariant(Program& program, Notes& /*notes*/) {
  return Hoister(program).run();
}

}  // namespace duet
