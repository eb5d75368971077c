#pragma once

#include <functional>

#include "runtime/kernels/matmul.h"
#include "runtime/plan/engine.h"

namespace duet::plan {

/// The matrices of one product; `bias` may be null.
struct Matrices {
  const float *a, *b, *bias;
  float* c;
};

/// Does one of the products of a node. `factor` numbers the different matrices b that the node multiplies with.
using Multiply = std::function<void(Thread& thread, int64_t factor, const Matrices& matrices)>;

/// In float32.
Multiply multiply(const kernels::MatmulShape& shape);
/// Of matrices rounded to bfloat16, with sums in float32. Neither is transposed. There are `factors` matrices b.
Multiply multiply_rounded(const kernels::MatmulShape& shape, size_t factors);

/// Of one product.
double flops(const kernels::MatmulShape& shape);

}  // namespace duet::plan
