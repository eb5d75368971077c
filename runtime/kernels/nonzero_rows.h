#pragma once

#include <vector>

#include "runtime/core/large_memory.h"
#include "runtime/kernels/tiled_matmul.h"

namespace duet::kernels {

/// C = A op(B) [* F] in float32, where many rows of A may be zero from one end to the other: which ones is looked up in
/// each run, and they are left out. Each element has the bits of the whole product, if B is finite: 0 times a weight
/// that is not would be NaN, while here the row is 0. Has room for a copy of A, so each thread needs its own.
class NonzeroRowsMatmul {
 public:
  /// Whether rows can be left out of a product: nothing is added to it, it is not activated, A is not transposed, and a
  /// TiledMatmul would do it.
  static bool suits(const MatmulShape& shape);

  /// For a shape that suits, all of whose sizes are at least 1.
  explicit NonzeroRowsMatmul(const MatmulShape& shape);

  /// `f` is read if the shape has a factor. C overlaps nothing. Uses the calling thread only and takes no memory.
  void run(const float* a, const float* b, const float* f, float* c);

 private:
  void find_rows(const float* a);
  void pack_rows(const float* a);
  void spread_rows(const float* f, float* c) const;
  void finish_row(const float* product, const float* f, float* to) const;

  TiledMatmul whole_, packed_;
  std::vector<int64_t> rows_;                         // that are not zero, in order
  std::vector<float, ArrayAllocator<float>> memory_;  // these rows, one after the other
};

}  // namespace duet::kernels
