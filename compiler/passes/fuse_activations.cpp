#include "compiler/passes/fuse_activations.h"

#include <algorithm>

#include "compiler/passes/uses.h"

namespace duet {

namespace {

bool is_activation(Op op) {
  return op == Op::relu || op == Op::swish || op == Op::tanh || op == Op::sigmoid;
}

class Fuser {
 public:
  explicit Fuser(Program& program) : program_(program) {}

  bool block(Block& block, const std::unordered_map<ValueId, int>& uses) {
    bool changed = false;
    for (Node& node : block.nodes) {
      for (Block& inner : node.blocks) changed |= this->block(inner, uses);
      if (!is_activation(node.op)) continue;
      Node* layer = maker(block, node.inputs[0]);
      if (!layer || uses.at(node.inputs[0]) > 1) continue;
      if (program_.type(layer->results[0]) != program_.type(node.results[0])) continue;
      layer->attributes["activation"] = std::string(info(node.op).name);
      layer->results = node.results;
      node.results.clear();  // marks it as done with
      changed = true;
    }
    std::erase_if(block.nodes, [](const Node& node) { return is_activation(node.op) && node.results.empty(); });
    return changed;
  }

 private:
  static Node* maker(Block& block, ValueId id) {
    const auto made = std::ranges::find_if(block.nodes, [&](const Node& node) {
      return node.op == Op::linear && !node.has("activation") && node.results[0] == id;
    });
    return made == block.nodes.end() ? nullptr : &*made;
  }

  Program& program_;
};

}  // namespace

bool fuse_activations(Program& program, Notes&) {
  return Fuser(program).block(program.main, count_uses(program.main));
}

}  // namespace duet
