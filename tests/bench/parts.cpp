#include "tests/bench/parts.h"

namespace duet::bench {

const Block& planning(const CompiledScript& script) {
  return script.in_loop(Op::interact).blocks.at(1);
}

const Block& updating(const CompiledScript& script) {
  return script.in_loop(Op::repeat).blocks.at(0);
}

const Block& imagining(const CompiledScript& script) {
  return script.in_loop(Op::chunks).blocks.at(0);
}

const Block& acting(const CompiledScript& script) {
  return script.in_loop(Op::interact).blocks.at(1);
}

Block one_epoch(CompiledScript& script) {
  Block block = script.in_loop(Op::every).blocks.at(0);
  const ValueId one = script.value({});
  for (Node& node : block.nodes) {
    if (node.op != Op::until) continue;
    Block epoch = node.blocks.at(0);
    epoch.results.clear();
    node = {Op::repeat, {one}, {}, {}, {epoch}, node.span};
  }
  block.nodes.insert(block.nodes.begin(), Node{Op::constant, {}, {one}, {{"value", 1.0}}, {}, {}});
  return block;
}

double epoch_flops(int64_t transitions) {
  const double held_out = 0.2 * static_cast<double>(transitions), trained = static_cast<double>(transitions) - held_out;
  const double first = 23 * 200, weights = first + 3 * 200 * 200 + 200 * 36;
  return 2 * 7 * (trained * (weights + 2 * weights - first) + held_out * weights);
}

}  // namespace duet::bench
