#pragma once

// The instructions of a DoubleTape (double_tape.h), and how a block becomes them.

#include <cstdint>
#include <vector>

#include "runtime/core/span.h"
#include "runtime/program/program.h"

namespace duet {

/// One operation on `count` elements. It writes the slots out .. out + count - 1. Operand k of element i is in the slot
/// pool[operands[k] + i]; the operand of a reduction, and the candidates of a take, are `width` slots for each element.
struct TapeInstruction {
  Op op = Op::constant;
  uint32_t out = 0;
  uint32_t count = 0;
  uint32_t width = 1;
  uint32_t operands[3] = {0, 0, 0};
  uint8_t operand_count = 0;
  bool normal = false;  ///< noise: standard normal, not uniform
  uint64_t site = 0;    ///< noise
  Span span;
};

struct TapeRange {
  uint32_t begin = 0;
  uint32_t size = 0;
};

struct TapeCode {
  std::vector<double> slots;  ///< parameters, constants, then results of instructions as they come
  std::vector<uint32_t> pool;
  std::vector<TapeInstruction> instructions;
  std::vector<TapeRange> parameters;
  std::vector<std::vector<uint32_t>> results;  ///< the slot of each element
};

/// Throws std::logic_error if the block cannot be a tape (see DoubleTape).
TapeCode compile_tape(const Program& program, const Block& block);

}  // namespace duet
