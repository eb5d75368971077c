#pragma once

#include <cstdint>
#include <vector>

#include "runtime/ops/ops.h"

namespace duet::kernels {

/// A reduction of a strided array over some of its dimensions. The order of summation is fixed by the shape.
class Reduction {
 public:
  /// `op`: sum, mean, min, max, std (divided by n), argmin or argmax. One entry of `strides` (in elements) and
  /// `removed` per dimension. argmin and argmax give the position among the removed dimensions, walked row by row.
  /// Throws std::invalid_argument for another operation, lists of different lengths, or nothing to take a minimum,
  /// maximum, mean or deviation of.
  Reduction(Op op, std::vector<int64_t> sizes, std::vector<int64_t> strides, std::vector<bool> removed);

  /// `out`: contiguous, the kept dimensions in their order. Sums, means and deviations are
  /// added up in double. A NaN makes the minimum and maximum NaN and is the first of argmin and argmax; of equals the
  /// first counts. Safe to call from several threads at once.
  void run(const float* in, float* out) const;

  /// Elements of `out`.
  int64_t size() const { return kept_.count; }

 private:
  /// Dimensions walked together, row by row.
  struct Walk {
    std::vector<int64_t> sizes, strides;
    int64_t count = 1;
  };
  class Position;
  static Walk merged(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides);

  template <typename Accumulator>
  void run_with(const float* in, float* out) const;
  template <typename Accumulator>
  float reduce_row(const float* in) const;
  template <typename Accumulator>
  void reduce_columns(const float* in, int64_t columns, int64_t column_stride, float* out) const;
  template <typename Accumulator, int vectors>
  void reduce_lanes(const float* in, int64_t column_stride, int64_t last, float* out) const;

  Op op_;
  Walk kept_, removed_;   // neither is ever without a dimension
  bool columns_ = false;  // several outputs are computed side by side
};

}  // namespace duet::kernels
