#pragma once

#include <cstdint>

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

/// The same bits as integers, and back.
DUET_VECTOR Ints bits_of(Floats x) {
  return reinterpret_cast<Ints>(x);
}
DUET_VECTOR Floats floats_of(Ints x) {
  return reinterpret_cast<Floats>(x);
}

/// The nearest floats to whole numbers, and whole numbers towards 0 (below 2^31 only).
DUET_VECTOR Floats to_floats(Ints x) {
  return __builtin_convertvector(x, Floats);
}
DUET_VECTOR Ints to_ints(Floats x) {
  return __builtin_convertvector(x, Ints);
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
