#include "runtime/sim/tape_ops.h"

namespace duet {

namespace {

bool shape_fits(Op op) {
  switch (op) {
    case Op::constant:
    case Op::values:
    case Op::iota:
    case Op::extent:
    case Op::select:
    case Op::cast:
    case Op::rename:
    case Op::expand:
    case Op::slice:
    case Op::take:
    case Op::reshape:
    case Op::concat:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool fits_tape(const Node& node) {
  if (!node.blocks.empty()) return false;
  switch (info(node.op).group) {
    case OpGroup::unary:
    case OpGroup::binary:
    case OpGroup::reduce:
      return true;
    case OpGroup::shape:
      return shape_fits(node.op);
    case OpGroup::random:
      return node.op == Op::noise && node.text("distribution") != "truncated";
    default:
      return false;
  }
}

}  // namespace duet
