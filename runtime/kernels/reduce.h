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

  /// `out`: contiguous, the kept dimensions in their order. Sums are of float32 partial sums of a few hundred elements,
  /// added up in double. A NaN makes the minimum and maximum NaN and is the first of argmin and argmax; of equals the
  /// first counts. Safe to call from several threads at once.
  void run(const float* in, float* out) const;

  /// Elements of `out`.
  int64_t size() const { return kept_count_; }

 private:
  /// Dimensions walked together.
  struct Walk {
    std::vector<int64_t> sizes, strides;
    int64_t count = 1;
  };
  static Walk make_walk(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides);

  void run_rows(const float* in, float* out) const;
  void run_columns(const float* in, float* out) const;

  Op op_;
  Walk kept_, removed_;
  int64_t kept_count_ = 1;
  bool columns_ = false;  // the innermost dimension is kept: many outputs side by side
};

}  // namespace duet::kernels
