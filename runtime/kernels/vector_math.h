#pragma once

#include <cmath>
#include <limits>

#include "runtime/kernels/vector.h"

/// Functions of whole registers. Errors are in units in the last place (ulp) of the float32 result, measured by
/// tests/runtime/kernels/vector_math_test.cpp against double precision. A NaN gives a NaN; infinities give the limits.
/// The polynomials are Chebyshev fits made for this file; the reductions are those of Cody and Waite, "Software manual
/// for the elementary functions", 1980.
namespace duet::kernels::math {

#if defined(__AVX512F__)
/// GCC 12 warns of what its unmasked intrinsics do inside; this costs nothing.
inline constexpr __mmask16 kEveryLane = 0xffff;
#endif

/// |x|.
DUET_VECTOR Floats abs(Floats x) {
  return floats_of(bits_of(x) & 0x7fffffff);
}

/// The magnitude of x with the sign of `sign`.
DUET_VECTOR Floats copy_sign(Floats x, Floats sign) {
  return floats_of((bits_of(x) & 0x7fffffff) | (bits_of(sign) & static_cast<int32_t>(0x80000000u)));
}

/// Correctly rounded; NaN below 0.
DUET_VECTOR Floats sqrt(Floats x) {
  Floats root;
  for (int i = 0; i < kLanes; ++i) root[i] = std::sqrt(x[i]);
  return root;
}

/// The whole number next to x towards 0.
DUET_VECTOR Floats truncate(Floats x) {
  const Floats whole = copy_sign(to_floats(to_ints(x)), x);
  return abs(x) < 0x1p23f ? whole : x;  // floats from 2^23 on are whole, and NaN stays
}

/// The largest whole number not above x.
DUET_VECTOR Floats floor(Floats x) {
  const Floats whole = truncate(x);
  return whole > x ? whole - 1.0f : whole;
}

/// 2^n for -126 <= n <= 127.
DUET_VECTOR Floats power_of_two(Ints n) {
  return floats_of((n + 127) << 23);
}

/// x moved to low .. high; NaN stays.
DUET_VECTOR Floats within(Floats x, float low, float high) {
#if defined(__AVX512F__)
  // Of a NaN these give the second operand.
  return _mm512_maskz_min_ps(kEveryLane, all(high), _mm512_maskz_max_ps(kEveryLane, all(low), x));
#else
  x = x < low ? all(low) : x;
  return x > high ? all(high) : x;
#endif
}

/// x moved to -most .. most; of a NaN it may make anything within.
DUET_VECTOR Floats within_magnitude(Floats x, float most) {
#if defined(__AVX512DQ__)
  constexpr int kLesserMagnitudeWithSignOfFirst = 2;
  return _mm512_maskz_range_ps(kEveryLane, x, all(most), kLesserMagnitudeWithSignOfFirst);
#else
  return within(x, -most, most);
#endif
}

/// Beyond it, e^x is 0 or infinite.
inline constexpr float kLargestExponent = 104;

/// e^x for |x| <= kLargestExponent; below 1.1 ulp, denormal results included.
DUET_VECTOR Floats exp_within(Floats x) {
  // x = n ln 2 + r, |r| <= ln 2 / 2. Adding 1.5 * 2^23 leaves the nearest whole number in the low bits.
  const Floats shifted = x * 1.44269504f + 0x1.8p23f;
  const Floats n = shifted - 0x1.8p23f;
  const Floats r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  Floats p = all(0.001392617612f);
  p = p * r + 0.008363173075f;
  p = p * r + 0.04166655466f;
  p = p * r + 0.1666657703f;
  p = p * r + 0.5f;
#if defined(__FMA__)
  p = p * r + 1.0f;
  p = p * r + 1.0f;
#else
  p = p * (r * r) + r + 1.0f;  // fewer roundings of what is not small
#endif
#if defined(__AVX512F__)
  return _mm512_maskz_scalef_ps(kEveryLane, p, n);
#else
  // 2^n may be too small or too large for a float where the result is not: two factors.
  const Ints exponent = bits_of(shifted) - bits_of(all(0x1.8p23f));
  const Ints half = exponent >> 1;
  return p * power_of_two(half) * power_of_two(exponent - half);
#endif
}

/// e^x; below 1.1 ulp, denormal results included.
DUET_VECTOR Floats exp(Floats x) {
  return exp_within(within(x, -kLargestExponent, kLargestExponent));
}

/// ln x; below 1 ulp. -infinity at 0, NaN below.
DUET_VECTOR Floats log(Floats x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr int32_t kRootHalf = 0x3f3504f3;  // the bits of sqrt(1/2)
  const Ints denormal = x < std::numeric_limits<float>::min();
  const Floats scaled = denormal ? x * 0x1p23f : x;
  // scaled = 2^exponent (1 + f), 1 + f in [sqrt(1/2), sqrt(2))
  const Ints above = wrapping_difference(bits_of(scaled), kRootHalf);  // also of what is negative
  const Floats exponent = to_floats((above >> 23) - (denormal & 23));
  const Floats f = floats_of((above & 0x7fffff) + kRootHalf) - 1.0f;
  Floats p = all(0.06971611471f);
  p = p * f - 0.1147973385f;
  p = p * f + 0.1168541992f;
  p = p * f - 0.1242568733f;
  p = p * f + 0.1424905765f;
  p = p * f - 0.1666780232f;
  p = p * f + 0.2000071575f;
  p = p * f - 0.2499999696f;
  p = p * f + 0.3333333118f;
  const Floats square = f * f;
  Floats tail = p * (square * f) + exponent * 0x1.7f7d1cp-20f;
  tail = tail - square * 0.5f;
  Floats result = exponent * 0x1.62e4p-1f + (f + tail);
  result = x > 0.0f ? result : all(std::numeric_limits<float>::quiet_NaN());
  result = x == 0.0f ? all(-kInfinity) : result;
  return x < kInfinity ? result : x + 0.0f;  // infinity and NaN
}

/// ln(1 + x) for x in [0, 1]; below 2 ulp.
DUET_VECTOR Floats log1p_of_unit(Floats x) {
  const Floats s = x / (x + 2.0f);  // ln(1 + x) = 2 artanh(s), s <= 1/3
  const Floats z = s * s;
  Floats p = all(0.1161216461f);
  p = p * z + 0.108532879f;
  p = p * z + 0.14296179f;
  p = p * z + 0.1999985317f;
  p = p * z + 0.3333333366f;
  return 2.0f * (p * (z * s) + s);
}

/// e^-x of any x: infinite or 0 where the result is no float. For activations, of which networks take so many that each
/// instruction counts: the error is below (2 + 1.3 |x|) ulp.
DUET_VECTOR Floats exp_of_negative(Floats x) {
#if defined(__AVX512DQ__)
  // 2^(t - a), t = n + r with n whole and 0 <= r < 1. The rounding of t is what grows with |x|. At r = a the
  // polynomial, which is 2^(r - a), is 1: so is e^0. An infinite t has r = 0.
  constexpr float a = 0.1346745044f;
  constexpr int kFromNextLower = 1;
  const Floats t = x * -1.44269504f + a;
  const Floats r = _mm512_maskz_reduce_ps(kEveryLane, t, kFromNextLower);
  Floats p = all(0.001710238168f);
  p = p * r + 0.008188167587f;
  p = p * r + 0.05085081607f;
  p = p * r + 0.21875f;
  p = p * r + 0.6313760281f;
  p = p * r + 0.9108752608f;
  return _mm512_maskz_scalef_ps(kEveryLane, p, t);  // p 2^n
#else
  return exp_within(-within_magnitude(x, kLargestExponent));
#endif
}

/// 1 / (1 + e^-x); below 3 ulp, and 1.3 |x| more below 0, where the result is not denormal.
DUET_VECTOR Floats sigmoid(Floats x) {
  return 1.0f / (1.0f + exp_of_negative(x));
}

/// x sigmoid(x), with the error of sigmoid(x).
DUET_VECTOR Floats swish(Floats x) {
  return x / (1.0f + exp_of_negative(x));
}

/// swish(x), and its derivative in `slope`: sigmoid(x) (1 + x (1 - sigmoid(x))).
DUET_VECTOR Floats swish_with_slope(Floats x, Floats& slope) {
  const Floats s = sigmoid(x);
  const Floats y = x * s;
  slope = s + y * (1.0f - s);
  return y;
}

/// Below 2 ulp.
DUET_VECTOR Floats tanh(Floats x) {
  const Floats a = abs(x);
  const Floats z = x * x;
  Floats p = all(-0.006096714166f);
  p = p * z + 0.020997179f;
  p = p * z - 0.05385090958f;
  p = p * z + 0.1333276974f;
  p = p * z - 0.3333332894f;
  const Floats near_zero = p * (z * a) + a;
  const Floats far = 1.0f - 2.0f / (exp(2.0f * a) + 1.0f);
  return copy_sign(a < 0.625f ? near_zero : far, x);
}

/// max(x, 0) + ln(1 + e^-|x|); below 3 ulp, and 1.3 |x| more below 0.
DUET_VECTOR Floats softplus(Floats x) {
  const Floats positive = x > 0.0f ? x : all(0.0f);
  return positive + log1p_of_unit(exp_of_negative(abs(x)));
}

/// Sine and cosine of r in [-pi/4, pi/4].
DUET_VECTOR Floats sine_near_zero(Floats r) {
  const Floats z = r * r;
  Floats p = all(2.72499258e-6f);
  p = p * z - 0.0001984008674f;
  p = p * z + 0.008333331875f;
  p = p * z - 0.1666666666f;
  return p * (z * r) + r;
}
DUET_VECTOR Floats cosine_near_zero(Floats r) {
  const Floats z = r * r;
  Floats p = all(2.480060038e-5f);
  p = p * z - 0.001388888767f;
  p = p * z + 0.04166666666f;
  return p * (z * z) + (1.0f - 0.5f * z);
}

/// The largest angle that `sine` and `cosine` take.
inline constexpr float kLargestAngle = 8192;

/// sin(x + quarters pi/2) for |x| <= kLargestAngle; absolute error below 1.2e-7.
DUET_VECTOR Floats sine_ahead(Floats x, int32_t quarters) {
  // x = n pi/2 + r. The first two parts of pi/2 have 11 bits, so that their products with n < 2^13 are exact.
  const Floats shifted = x * 0.636619772f + 0x1.8p23f;
  const Floats n = shifted - 0x1.8p23f;
  const Floats r = ((x - n * 0x1.92p+0f) - n * 0x1.fb4p-12f) - n * 0x1.4442d2p-24f;
  const Ints quadrant = wrapping_sum(bits_of(shifted), quarters) & 3;
  const Floats magnitude = (quadrant & 1) != 0 ? cosine_near_zero(r) : sine_near_zero(r);
  return floats_of(bits_of(magnitude) ^ ((quadrant & 2) << 30));
}

}  // namespace duet::kernels::math
