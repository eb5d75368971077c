#pragma once

#include "runtime/kernels/matmul.h"

namespace duet::kernels {

/// A product of any shape in tiles of a few registers, which hold their sums from the first term to the activation.
/// Each element's terms are added in order, whatever m and n are. Takes no memory but the stack.
class TiledMatmul final : public Matmul {
 public:
  /// True in a build for processors with AVX-512, for whose registers the tiles are made.
  static bool available();

  explicit TiledMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* beside, float* c, float* slope = nullptr) const override;
  /// The same for the first 1 ... m rows of A, F, C and the slope alone.
  void run_rows(int64_t rows, const float* a, const float* b, const float* beside, float* c, float* slope) const;
};

}  // namespace duet::kernels
