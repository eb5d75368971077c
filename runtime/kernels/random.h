#pragma once

#include <span>

#include "runtime/core/random.h"

namespace duet::kernels {

/// out[i] = a standard normal conditioned on |z| <= bound, bound > 0: the distribution function inverted at element
/// `first + i` of the key's uniform stream (runtime/core/random.h); an element depends on nothing but key, index and
/// bound. Error below 2e-6 for |z| <= 2; beyond it grows like the slope of the inverse, e^(z^2 / 2), times the spacing
/// 6e-8 of floats near 1.
void fill_truncated(DrawKey key, uint64_t first, std::span<float> out, float bound);

}  // namespace duet::kernels
