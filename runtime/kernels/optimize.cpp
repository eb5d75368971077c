#include "runtime/kernels/optimize.h"

#include <cmath>
#include <cstring>

namespace duet::kernels {

bool all_finite(const float* x, int64_t n) {
  constexpr uint32_t kExponent = 0x7F800000u;
  uint32_t bad = 0;
  for (int64_t i = 0; i < n; ++i) {
    uint32_t word;
    std::memcpy(&word, x + i, sizeof word);
    bad |= static_cast<uint32_t>((word & kExponent) == kExponent);
  }
  return bad == 0;
}

void adam(float* __restrict p, float* __restrict m, float* __restrict v, const float* __restrict g, int64_t n,
          const Adam& adam) {
  const float beta1 = adam.beta1, beta2 = adam.beta2, decay = adam.decay, epsilon = adam.epsilon;
  const float rest1 = 1 - beta1, rest2 = 1 - beta2;
  const float step = adam.rate / adam.correction1;
  const float scale = 1 / std::sqrt(adam.correction2);
  for (int64_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + rest1 * gradient;
    v[i] = beta2 * v[i] + rest2 * gradient * gradient;
    p[i] -= step * m[i] / (std::sqrt(v[i]) * scale + epsilon);
  }
}

void descend(float* __restrict p, const float* __restrict g, int64_t n, float rate, float decay) {
  for (int64_t i = 0; i < n; ++i) p[i] -= rate * (g[i] + decay * p[i]);
}

void track(float* __restrict slow, const float* __restrict fast, int64_t n, float rate) {
  const float rest = 1 - rate;
  for (int64_t i = 0; i < n; ++i) slow[i] = rate * slow[i] + rest * fast[i];
}

}  // namespace duet::kernels
