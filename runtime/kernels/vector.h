#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "runtime/core/sanitizer.h"

#if defined(__AVX__)
#include <immintrin.h>
#endif

/// One machine register of floats as a value type (GCC's vector extension): arithmetic and comparisons work lane by
/// lane, and `mask ? a : b` chooses lane by lane.
namespace duet::kernels {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

/// Floats in a register.
inline constexpr int kLanes = kVectorBytes / 4;

using Floats = float __attribute__((vector_size(kVectorBytes)));
using Ints = int32_t __attribute__((vector_size(kVectorBytes)));  ///< also what comparisons give: -1 or 0

#define DUET_VECTOR inline __attribute__((always_inline))

/// Half as many doubles.
using Doubles = double __attribute__((vector_size(kVectorBytes)));

/// All lanes equal. Adding to a vector of zeros would turn -0 into 0; subtracting zeros does not.
DUET_VECTOR Floats all(float x) {
  return x - Floats{};
}

/// kLanes floats from any address.
DUET_VECTOR Floats load(const float* x) {
  using Unaligned = float __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
  return *reinterpret_cast<const Unaligned*>(x);
}

/// kLanes floats to any address.
DUET_VECTOR void store(float* to, Floats x) {
  using Unaligned = float __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
  *reinterpret_cast<Unaligned*>(to) = x;
}

/// The first n <= kLanes floats of a register; the rest of a loaded one is 0, and memory behind them is not touched.
DUET_VECTOR Floats load_part(const float* x, int64_t n) {
  announce_read(x, static_cast<size_t>(n) * sizeof(float));
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), x);
#elif defined(__AVX__)
  const Ints lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  return _mm256_maskload_ps(x, reinterpret_cast<__m256i>(lanes < static_cast<int32_t>(n)));
#else
  Floats part{};
  for (int64_t i = 0; i < n; ++i) part[i] = x[i];
  return part;
#endif
}
DUET_VECTOR void store_part(float* to, Floats x, int64_t n) {
  announce_write(to, static_cast<size_t>(n) * sizeof(float));
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1), x);
#elif defined(__AVX__)
  const Ints lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  _mm256_maskstore_ps(to, reinterpret_cast<__m256i>(lanes < static_cast<int32_t>(n)), x);
#else
  for (int64_t i = 0; i < n; ++i) to[i] = x[i];
#endif
}

/// The same bits as integers, and back.
DUET_VECTOR Ints bits_of(Floats x) {
  return reinterpret_cast<Ints>(x);
}
DUET_VECTOR Floats floats_of(Ints x) {
  return reinterpret_cast<Floats>(x);
}

/// x + y and x - y modulo 2^32: of bits of floats, which need not be numbers that have a sum.
DUET_VECTOR Ints wrapping_sum(Ints x, int32_t y) {
  using Unsigned = uint32_t __attribute__((vector_size(kVectorBytes)));
  return reinterpret_cast<Ints>(reinterpret_cast<Unsigned>(x) + static_cast<uint32_t>(y));
}
DUET_VECTOR Ints wrapping_difference(Ints x, int32_t y) {
  using Unsigned = uint32_t __attribute__((vector_size(kVectorBytes)));
  return reinterpret_cast<Ints>(reinterpret_cast<Unsigned>(x) - static_cast<uint32_t>(y));
}

/// The nearest floats to whole numbers, and whole numbers towards 0 (below 2^31 only).
DUET_VECTOR Floats to_floats(Ints x) {
  return __builtin_convertvector(x, Floats);
}
DUET_VECTOR Ints to_ints(Floats x) {
  return __builtin_convertvector(x, Ints);
}

/// The lower and the upper half of the lanes in double precision.
template <int from, int... i>
DUET_VECTOR Doubles widened(Floats x, std::integer_sequence<int, i...>) {
  return __builtin_convertvector(__builtin_shufflevector(x, x, (from + i)...), Doubles);
}
DUET_VECTOR Doubles lower_half(Floats x) {
  return widened<0>(x, std::make_integer_sequence<int, kLanes / 2>());
}
DUET_VECTOR Doubles upper_half(Floats x) {
  return widened<kLanes / 2>(x, std::make_integer_sequence<int, kLanes / 2>());
}

/// 0, 1, 2 ...
DUET_VECTOR Ints lane_numbers() {
  Ints numbers{};
  for (int i = 0; i < kLanes; ++i) numbers[i] = i;
  return numbers;
}

/// f(0), f(1) ... f(n-1), the numbers being constants: an array of registers that is indexed with them stays in
/// registers, while one indexed by a loop lives in memory.
template <int n, typename Function>
DUET_VECTOR void unrolled(Function f) {
  [&]<int... i>(std::integer_sequence<int, i...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, i>()), ...);
  }
  (std::make_integer_sequence<int, n>());
}

/// All lanes, or the first n where n is less.
DUET_VECTOR Floats load_up_to(const float* x, int64_t n) {
  return n >= kLanes ? load(x) : load_part(x, n);
}
DUET_VECTOR void store_up_to(float* to, Floats x, int64_t n) {
  if (n >= kLanes) return store(to, x);
  store_part(to, x, n);
}

/// Whether any lane is not 0.
DUET_VECTOR bool any_lane(Ints x) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(x)) != 0;
#else
  int32_t any = 0;
  for (int i = 0; i < kLanes; ++i) any |= x[i];
  return any != 0;
#endif
}

/// The sum of all lanes, halves onto halves.
DUET_VECTOR float sum_of_lanes(Floats x) {
  float lane[kLanes];
  store(lane, x);
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  return lane[0];
}

}  // namespace duet::kernels
