#pragma once

#include "runtime/core/random.h"
#include "runtime/interp/tensors.h"

/// Tensors of random numbers: element i in row-major order is element i of the key's stream.
namespace duet::interp {

Tensor draw_uniform(DrawKey key, at::IntArrayRef sizes);  // in [0, 1)
Tensor draw_normal(DrawKey key, at::IntArrayRef sizes);
/// Standard normal conditioned on |z| <= bound, by inverting the distribution function at the uniform stream.
Tensor draw_truncated(DrawKey key, at::IntArrayRef sizes, double bound);
/// Uniform in 0 .. n-1; element i is element `first + i` of the stream.
Tensor draw_indices(DrawKey key, int64_t n, int64_t count, uint64_t first = 0);
/// A random order of 0 .. n-1.
Tensor draw_order(DrawKey key, int64_t n);

}  // namespace duet::interp
