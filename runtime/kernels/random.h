#pragma once

#include <span>

#include "runtime/core/random.h"

namespace duet::kernels {

/// out[i] = a standard normal conditioned on |z| <= bound, bound > 0: the distribution function inverted at element
/// `first + i` of the key's uniform stream (runtime/core/random.h). Error below 1e-5 of the exact inverse for bounds up
/// to 4; an element depends on nothing but key and index.
void fill_truncated(DrawKey key, uint64_t first, std::span<float> out, float bound);

}  // namespace duet::kernels
