#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/core/span.h"
#include "runtime/sim/tape_code.h"

namespace duet {

/// A block of a graph as a flat list of instructions on double slots. It is compiled once; evaluating it allocates
/// nothing. Operations that only move elements (rename, slice, concat, ...) cost nothing: they are resolved when the
/// block is compiled. For small values that are worked on often, such as a robot's expressions.
///
/// Booleans are 0 and 1. Elements are ordered as the type's axes say, the last axis contiguous.
class DoubleTape {
 public:
  /// Throws std::logic_error naming what is at fault if the block has an operation that a tape cannot do or an axis
  /// whose size is unknown.
  DoubleTape(const Program& program, const Block& block);

  std::size_t parameter_count() const { return code_.parameters.size(); }
  /// Where the elements of parameter `i` are to be written before run(); they stay until they are written again.
  std::span<double> parameter(std::size_t i);

  /// Evaluates the block. A draw with the attribute `site` uses the key (key.seed, mix of key.site and that, key.tick).
  /// Throws Error E0604 if an index that was computed is outside its axis.
  void run(DrawKey key = {});

  std::size_t result_count() const { return code_.results.size(); }
  std::size_t result_size(std::size_t i) const { return code_.results[i].size(); }
  /// Copies result `i` of the last run to `out`, which has result_size(i) elements.
  void read(std::size_t i, std::span<double> out) const;
  /// The first element of result `i`.
  double scalar(std::size_t i) const { return code_.slots[code_.results[i][0]]; }

  /// If an element of result `i` is NaN or infinite: the span of the node that made it so out of finite numbers, or
  /// that was the first to use a parameter or constant which was not finite. Else, or if there is no such node, a span
  /// of no file.
  Span culprit(std::size_t i) const;

 private:
  void execute(const TapeInstruction& instruction, DrawKey key);
  void execute_reduction(const TapeInstruction& instruction);
  void execute_take(const TapeInstruction& instruction);
  void execute_noise(const TapeInstruction& instruction, DrawKey key);
  /// A slot that is not finite and that element `i` of the instruction was made of, or -1.
  int64_t bad_source(const TapeInstruction& instruction, uint32_t i) const;
  template <class F>
  void each(const TapeInstruction& instruction, F function);
  template <class F>
  void each_pair(const TapeInstruction& instruction, F function);

  TapeCode code_;
};

}  // namespace duet
