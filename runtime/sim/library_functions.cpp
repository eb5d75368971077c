#include "runtime/sim/library_functions.h"

#include "runtime/sim/tape_code.h"

namespace duet {

namespace {

bool is_library_function(Op op) {
  switch (op) {
    case Op::exp:
    case Op::log:
    case Op::sin:
    case Op::cos:
    case Op::tanh:
    case Op::asin:
    case Op::acos:
    case Op::atan:
    case Op::atan2:
    case Op::swish:
    case Op::sigmoid:
    case Op::softplus:
    case Op::pow:
      return true;
    default:
      return false;
  }
}

/// Whether element `i` of the instruction is made of a marked slot.
bool uses_marked(const TapeCode& code, const TapeInstruction& in, uint32_t i, const std::vector<bool>& marked) {
  for (int k = 0; k < in.operand_count; ++k) {
    const uint32_t width = in.op == Op::take && k == 0 ? 1 : in.width;  // the index of a take is a single number
    for (uint32_t j = 0; j < width; ++j)
      if (marked[code.pool[in.operands[k] + i * width + j]]) return true;
  }
  return false;
}

}  // namespace

std::vector<bool> made_by_library_functions(const Program& program, const Block& block) {
  const TapeCode code = compile_tape(program, block);
  std::vector<bool> marked(code.slots.size());
  for (const TapeInstruction& in : code.instructions)
    for (uint32_t i = 0; i < in.count; ++i)
      marked[in.out + i] = is_library_function(in.op) || uses_marked(code, in, i, marked);
  std::vector<bool> elements;
  for (const uint32_t slot : code.results.at(0)) elements.push_back(marked[slot]);
  return elements;
}

}  // namespace duet
