#include "runtime/kernels/optimize.h"

#include <algorithm>
#include <cmath>

#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

void step(float* __restrict p, float* __restrict m, float* __restrict v, const float* __restrict g, int64_t n,
          const Adam& adam) {
  const float beta1 = adam.beta1, beta2 = adam.beta2, decay = adam.decay, epsilon = adam.epsilon;
  const float rest1 = 1 - beta1, rest2 = 1 - beta2;
  const float rate = adam.rate / adam.correction1;
  const float scale = 1 / std::sqrt(adam.correction2);
  for (int64_t i = 0; i < n; ++i) {
    const float gradient = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + rest1 * gradient;
    v[i] = beta2 * v[i] + rest2 * gradient * gradient;
    p[i] -= rate * m[i] / (std::sqrt(v[i]) * scale + epsilon);
  }
}

void step(float* __restrict p, const float* __restrict g, int64_t n, float rate, float decay) {
  for (int64_t i = 0; i < n; ++i) p[i] -= rate * (g[i] + decay * p[i]);
}

void follow(const Slow& slow, const float* p, int64_t from, int64_t n) {
  if (slow.first) track(slow.first + from, p + from, n, slow.rate);
}

/// Calls f(gradient, first element, elements) for parts of a gradient that fit into the L1 cache and are finite; false
/// if any is not.
template <typename Function>
bool each_part(const Terms& g, int64_t n, Function f) {
  constexpr int64_t kPart = 1024;
  alignas(64) float sum[kPart];
  bool finite = true;
  for (int64_t from = 0; from < n; from += kPart) {
    const int64_t count = std::min(kPart, n - from);
    const float* part = g.first + from;
    if (g.count > 1) {
      add_up({part, g.count, g.apart}, count, sum);
      part = sum;
    }
    if (all_finite(part, count))
      f(part, from, count);
    else
      finite = false;
  }
  return finite;
}

}  // namespace

/// 0 times a number is 0 if and only if that is finite.
bool all_finite(const float* x, int64_t n) {
  constexpr int kAtOnce = 4;
  Floats zeros[kAtOnce] = {};
  int64_t i = 0;
  for (; i + kAtOnce * kLanes <= n; i += kAtOnce * kLanes)
    unrolled<kAtOnce>([&](auto v) __attribute__((always_inline)) { zeros[v] += load(x + i + v * kLanes) * 0.0f; });
  for (; i < n; i += kLanes) zeros[0] += load_up_to(x + i, n - i) * 0.0f;
  const Floats sum = (zeros[0] + zeros[1]) + (zeros[2] + zeros[3]);
  return !any_lane(sum != sum);
}

void add_up(const Terms& terms, int64_t n, float* __restrict sum) {
  const float* x = terms.first;
  if (terms.count == 1) return static_cast<void>(std::copy_n(x, n, sum));
  const float* y = x + terms.apart;
  for (int64_t k = 0; k < n; ++k) sum[k] = x[k] + y[k];
  for (int64_t i = 2; i < terms.count; ++i) {
    const float* next = x + i * terms.apart;
    for (int64_t k = 0; k < n; ++k) sum[k] += next[k];
  }
}

bool adam(float* p, float* m, float* v, const Terms& g, int64_t n, const Adam& adam, const Slow& slow) {
  return each_part(g, n, [&](const float* part, int64_t from, int64_t count) {
    step(p + from, m + from, v + from, part, count, adam);
    follow(slow, p, from, count);
  });
}

bool descend(float* p, const Terms& g, int64_t n, float rate, float decay, const Slow& slow) {
  return each_part(g, n, [&](const float* part, int64_t from, int64_t count) {
    step(p + from, part, count, rate, decay);
    follow(slow, p, from, count);
  });
}

void track(float* __restrict slow, const float* __restrict fast, int64_t n, float rate) {
  const float rest = 1 - rate;
  for (int64_t i = 0; i < n; ++i) slow[i] = rate * slow[i] + rest * fast[i];
}

}  // namespace duet::kernels
