#pragma once

#include <cstdint>

/// Steps of optimisers: one pass over memory each, in place.
namespace duet::kernels {

/// True if no element is NaN or infinite.
bool all_finite(const float* x, int64_t n);

/// Arrays to be added up, in their order, each `apart` floats behind the one before.
struct Terms {
  const float* first;
  int64_t count = 1, apart = 0;
};

/// sum = the `n` first elements of the terms, added up.
void add_up(const Terms& terms, int64_t n, float* sum);

struct Adam {
  float rate, beta1, beta2, epsilon, decay;
  float correction1, correction2;  ///< 1 - beta1^t, 1 - beta2^t at step t = 1, 2 ...
};

/// One step of Adam (Kingma and Ba 2015) on `n` parameters `p` with gradient `g` and moments `m`, `v`, all in place;
/// `decay * p` is added to the gradient first. False if the gradient is not finite; where it is not, nothing changes.
bool adam(float* p, float* m, float* v, const Terms& g, int64_t n, const Adam& adam);

/// p -= rate * (g + decay * p). False if the gradient is not finite; where it is not, nothing changes.
bool descend(float* p, const Terms& g, int64_t n, float rate, float decay);

/// slow = rate * slow + (1 - rate) * fast.
void track(float* slow, const float* fast, int64_t n, float rate);

}  // namespace duet::kernels
