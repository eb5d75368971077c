#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/kernels/vector.h"

/// Copies of rows that are often short: no call, whole vectors with an overlapping last one.
namespace duet::kernels {

/// to[i] = from[i] for n < kLanes. Where masked stores are slow, by halves.
DUET_VECTOR void copy_part(const float* from, float* to, int64_t n) {
#if defined(__AVX512F__)
  store_part(to, load_part(from, n), n);
#else
  for (int64_t piece = kLanes / 2; piece > 0; piece /= 2) {
    if ((n & piece) == 0) continue;
    for (int64_t i = 0; i < piece; ++i) to[i] = from[i];
    from += piece;
    to += piece;
  }
#endif
}

/// to[i] = from[i].
DUET_VECTOR void copy_contiguous(const float* from, float* to, int64_t n) {
  if (n < kLanes) return copy_part(from, to, n);
  for (int64_t i = 0; i + kLanes <= n; i += kLanes) store(to + i, load(from + i));
  store(to + n - kLanes, load(from + n - kLanes));
}

/// to[i] = x.
DUET_VECTOR void fill_row(float x, float* to, int64_t n) {
  if (n >= kLanes) {
    for (int64_t i = 0; i + kLanes <= n; i += kLanes) store(to + i, all(x));
    store(to + n - kLanes, all(x));
    return;
  }
  for (int64_t i = 0; i < n; ++i) to[i] = x;
}

/// to[i] = from[i * stride].
DUET_VECTOR void copy_row(const float* from, int64_t stride, float* to, int64_t n) {
  if (n == 0) return;
  if (stride == 1) return copy_contiguous(from, to, n);
  if (stride == 0) return fill_row(*from, to, n);
  for (int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
}

/// to[i * stride] = from[i].
DUET_VECTOR void spread_row(const float* from, float* to, int64_t stride, int64_t n) {
  if (stride == 1) return copy_contiguous(from, to, n);
  for (int64_t i = 0; i < n; ++i) to[i * stride] = from[i];
}

}  // namespace duet::kernels
