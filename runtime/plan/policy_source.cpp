#include "runtime/plan/policy_source.h"

#include <algorithm>
#include <stdexcept>

#include "runtime/plan/body.h"

namespace duet::plan {

namespace {

/// A node within a block.
struct Place {
  const Block* block;
  size_t node;
};

/// The node itself or a copy of it: parameters are values of one block only.
bool same_node(const Node& a, const Node& b) {
  if (&a == &b) return true;
  return a.op == b.op && !a.blocks.empty() && a.blocks.size() == b.blocks.size() &&
         !a.blocks.back().parameters.empty() && a.blocks.back().parameters == b.blocks.back().parameters;
}

/// The way to a node from the outermost block; empty if it is not there.
std::vector<Place> way_to(const Node& wanted, const Block& block) {
  for (size_t i = 0; i < block.nodes.size(); ++i) {
    if (same_node(block.nodes[i], wanted)) return {{&block, i}};
    for (const Block& inner : block.nodes[i].blocks) {
      std::vector<Place> way = way_to(wanted, inner);
      if (way.empty()) continue;
      way.insert(way.begin(), {&block, i});
      return way;
    }
  }
  return {};
}

}  // namespace

PolicySource find_policy(const Program& program, const Node& evaluate, const std::set<ValueId>& known) {
  const std::vector<Place> way = way_to(evaluate, program.main);
  if (way.empty()) throw std::logic_error("a policy is evaluated by a node of the program");
  PolicySource source{{}, way.back().block->nodes[way.back().node]};
  std::set<ValueId> wanted;
  const auto want = [&](const Node& node) {
    for (const ValueId id : uses_of(node))
      if (!known.count(id)) wanted.insert(id);
  };
  want(source.evaluate);
  for (auto place = way.rbegin(); place != way.rend(); ++place) {
    for (size_t i = place->node; i-- > 0;) {
      const Node& node = place->block->nodes[i];
      const auto is_wanted = [&](ValueId id) { return wanted.count(id) > 0; };
      if (!repeatable(node) || std::ranges::none_of(node.results, is_wanted)) continue;
      for (const ValueId id : node.results) wanted.erase(id);
      want(node);
      source.leading.nodes.push_back(node);
    }
  }
  std::ranges::reverse(source.leading.nodes);
  if (!wanted.empty()) throw std::logic_error("a policy reads a value that comes of effects");
  return source;
}

}  // namespace duet::plan
