#pragma once

#include <functional>
#include <memory>

#include "runtime/kernels/matmul.h"
#include "runtime/plan/engine.h"

namespace duet::plan {

/// The matrices of one product: a and c begin at an element of a value; `beside`, the bias or factor, may be null.
struct Matrices {
  struct {
    const float* value;
    int64_t at;
  } a;
  const float *b, *beside;
  struct {
    float* value;
    int64_t at;
  } c;
  float* slope = nullptr;  // where the shape has one
};

/// Does one of the products of a node. `factor` numbers the different matrices b that the node multiplies with.
using Multiply = std::function<void(Thread& thread, int64_t factor, const Matrices& matrices)>;

/// In float32.
Multiply multiply(const kernels::MatmulShape& shape);

/// In float32, leaving out what rows of a that are zero would give: for shapes that suit kernels::NonzeroRowsMatmul.
Multiply multiply_nonzero_rows(const kernels::MatmulShape& shape);

/// Which values of a product are in bfloat16, but while the engine is tracing.
struct RoundedForm {
  bool a = false;
  std::shared_ptr<bool> c;  // null: no; may be set until the first run
};

/// Of matrices rounded to bfloat16, with sums in float32. Neither is transposed. There are `factors` matrices b.
Multiply multiply_rounded(const kernels::MatmulShape& shape, size_t factors, RoundedForm form);

/// Of one product.
double flops(const kernels::MatmulShape& shape);

}  // namespace duet::plan
