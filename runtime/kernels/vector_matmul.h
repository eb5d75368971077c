#pragma once

#include "runtime/kernels/matmul.h"

/// Products in which one matrix is a vector or nearly so: a policy on one state, a value head. Bound by how fast the
/// other matrix streams in, so that a general product, which copies its blocks first, would be several times slower.
namespace duet::kernels {

/// Few rows of A times B: each vector of B is loaded once for all of them.
class FewRowsMatmul final : public Matmul {
 public:
  static constexpr int64_t kMaxRows = 4;

  /// True for m <= kMaxRows and B not transposed.
  static bool suits(const MatmulShape& shape);

  explicit FewRowsMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* bias, float* c) const override;
};

/// Scalar products of rows: A times one column, or few rows of A times B transposed.
class DotMatmul final : public Matmul {
 public:
  /// True if both matrices hold what is summed over side by side, and C is one column or has few rows.
  static bool suits(const MatmulShape& shape);

  explicit DotMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* bias, float* c) const override;
};

}  // namespace duet::kernels
