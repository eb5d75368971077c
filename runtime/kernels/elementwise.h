#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/ops/ops.h"

/// Fast kernels on float32 arrays: no tensors, no threads of their own, no memory taken while running.
namespace duet::kernels {

/// What one instruction of an element-wise program does. The names are those of runtime/ops/ops.def, and so are the
/// meanings: comparisons and logical operations give 0 or 1 and take every number but 0 for true; minimum, maximum and
/// relu pass a NaN on.
enum class ElementOp : uint8_t {
  constant,  ///< the instruction's `value`
  copy,      ///< a
  neg,
  logical_not,
  abs,
  exp,
  log,
  sqrt,
  square,
  sin,
  cos,
  tanh,
  asin,
  acos,
  atan,
  relu,
  swish,
  sigmoid,
  softplus,
  floor,
  sign,
  is_finite,
  truncate,  ///< the whole number next to a towards 0: a cast to an index
  nonzero,   ///< 1 where a is not 0, else 0: a cast to a boolean
  add,
  sub,
  mul,
  div,
  pow,
  minimum,
  maximum,
  atan2,  ///< a is y, b is x
  less,
  less_equal,
  equal,
  not_equal,
  logical_and,
  logical_or,
  select,  ///< b where a is not 0, else c
};

/// The instruction for an operation of the graph (`stop` is a copy); none if the operation is not element-wise.
std::optional<ElementOp> element_op(Op op);

/// How many of a, b, c an instruction reads: 0 (constant) to 3 (select).
int operand_count(ElementOp op);

/// register[to] = op(register[a], register[b], register[c]); what an operation does not read is ignored.
struct Instruction {
  ElementOp op = ElementOp::copy;
  uint8_t to = 0, a = 0, b = 0, c = 0;
  float value = 0;  ///< of a constant
};

/// A fused element-wise program: every element of the outputs is computed from the elements of the inputs at the same
/// place, in one pass over memory. An element's result depends neither on its place nor on the size of the whole.
class Elementwise {
 public:
  /// Registers 0 .. inputs-1 hold the inputs; instructions run in order and may write any register.
  /// `output_registers` are read after the last one.
  /// `sizes`: the shape, of any rank (empty: a scalar). Strides are in elements, one list per operand and one number
  /// per dimension; 0 repeats an input. Throws std::invalid_argument if the lists do not fit together, a register is
  /// read before it is written, or an output repeats itself.
  Elementwise(std::vector<Instruction> code, int inputs, std::vector<uint8_t> output_registers,
              std::vector<int64_t> sizes, std::vector<std::vector<int64_t>> input_strides,
              std::vector<std::vector<int64_t>> output_strides);

  /// One pointer per input and per output. An output may be the memory of an input that has the same strides; otherwise
  /// outputs overlap nothing. Safe to call from several threads at once.
  void run(const float* const* inputs, float* const* outputs) const;

  /// Elements per operand.
  int64_t size() const { return size_; }

 private:
  using Kernel = void (*)(const float* a, const float* b, const float* c, float value, float* to, int64_t n);
  struct Step {
    Kernel kernel;
    Instruction instruction;
    int output = -1;  ///< whose memory it may write to, where that is one run of whole vectors
  };
  /// An input or output: how it moves with each dimension, and how a tile of it is reached.
  struct Operand {
    uint8_t reg = 0;
    std::vector<int64_t> strides;
    bool direct = false;     ///< a tile is one contiguous run of memory, used in place
    bool invariant = false;  ///< all tiles hold the same numbers: loaded once
  };
  class Tile;

  void check();
  void order_dimensions();
  void merge_dimensions();
  void choose_tiles();
  void hoist_constants();
  void mark_operands();
  void mark_targets();
  bool is_written(uint8_t reg) const;
  bool is_contiguous(const Operand& operand) const;

  std::vector<Step> once_;   // constants: registers filled before the first tile
  std::vector<Step> steps_;  // done for each tile
  std::vector<Operand> inputs_, outputs_;
  std::vector<int64_t> sizes_;  // ordered and merged; never empty
  int64_t size_ = 1;
  int registers_ = 0;
  int64_t capacity_ = 0;  // elements of a register
  size_t cut_ = 0;        // the dimension that tiles cut: inner ones lie whole inside a tile
  int64_t chunk_ = 1;     // how much of dimension cut_ a tile takes
  int64_t inner_ = 1;     // elements per step of dimension cut_
};

}  // namespace duet::kernels
