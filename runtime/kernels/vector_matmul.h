#pragma once

#include "runtime/kernels/matmul.h"

/// Products in which one matrix is a vector: a policy on one state, a value head. Bound by how fast the other matrix
/// streams in, so that a general product, which copies its blocks first, would take twice as long.
namespace duet::kernels {

/// One row times B.
class OneRowMatmul final : public Matmul {
 public:
  /// True for m = 1 and B not transposed.
  static bool suits(const MatmulShape& shape);

  explicit OneRowMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* bias, float* c, float* slope = nullptr) const override;
};

/// A, stored transposed, times one column: one row times what is stored.
class OneColumnMatmul final : public Matmul {
 public:
  /// True for n = 1 and A transposed, without a bias, the elements of C lying side by side.
  static bool suits(const MatmulShape& shape);

  explicit OneColumnMatmul(const MatmulShape& shape);
  void run(const float* a, const float* b, const float* bias, float* c, float* slope = nullptr) const override;

 private:
  OneRowMatmul row_;
};

/// Scalar products: A times one column, or one row times B transposed.
class DotMatmul final : public Matmul {
 public:
  /// True if both matrices hold what is summed over side by side, and C is one column or one row.
  static bool suits(const MatmulShape& shape);

  explicit DotMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* bias, float* c, float* slope = nullptr) const override;
};

}  // namespace duet::kernels
