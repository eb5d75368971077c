#pragma once

#include <cstdint>

#include "runtime/kernels/elementwise.h"

namespace duet::kernels {

/// One operation on n elements, n a multiple of kLanes (runtime/kernels/vector.h). `to` may be a, b or c.
using ElementKernel = void (*)(const float* a, const float* b, const float* c, float value, float* to, int64_t n);

ElementKernel element_kernel(ElementOp op);

}  // namespace duet::kernels
