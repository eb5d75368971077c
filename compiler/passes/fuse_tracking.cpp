#include "compiler/passes/fuse_tracking.h"

#include <algorithm>

#include "compiler/passes/effects.h"

namespace duet {

namespace {

/// The step whose place `track` may take; null if there is none.
Node* step_before(Block& block, size_t track) {
  const Node& tracking = block.nodes[track];
  const Effects own = effects_of(tracking);
  for (size_t i = track; i-- > 0;) {
    Node& node = block.nodes[i];
    if (node.op == Op::descend && node.integers("parameters") == tracking.integers("fast"))
      return node.has("slow") ? nullptr : &node;
    const Effects between = effects_of(node);
    if (disturbs(between.writes, own.reads) || disturbs(own.writes, between.reads)) return nullptr;
  }
  return nullptr;
}

bool fuse(Block& block) {
  bool changed = false;
  for (size_t i = 0; i < block.nodes.size(); ++i) {
    for (Block& inner : block.nodes[i].blocks) changed |= fuse(inner);
    if (block.nodes[i].op != Op::track) continue;
    Node* step = step_before(block, i);
    if (!step) continue;
    step->attributes["slow"] = block.nodes[i].integers("slow");
    step->attributes["slow_rate"] = block.nodes[i].real("rate");
    block.nodes.erase(block.nodes.begin() + static_cast<std::ptrdiff_t>(i--));
    changed = true;
  }
  return changed;
}

}  // namespace

bool fuse_tracking(Program& program, Notes&) {
  return fuse(program.main);
}

}  // namespace duet
