#pragma once

#include "runtime/kernels/matmul.h"

namespace duet::kernels {

/// A product of any shape in tiles that stay in registers from the first term to the activation: B is laid out in
/// panels of a few registers' width, and each tile of some rows walks along one of them. Each element's sum runs over k
/// in order, whatever m is. Takes no memory but the stack.
class TiledMatmul final : public Matmul {
 public:
  /// True where this is faster than the general library.
  static bool suits(const MatmulShape& shape);

  explicit TiledMatmul(const MatmulShape& shape) : Matmul(shape) {}
  void run(const float* a, const float* b, const float* bias, float* c) const override;
};

}  // namespace duet::kernels
