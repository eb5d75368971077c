#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

// Internals of random.cpp: Philox blocks and what is made of them, for L blocks side by side. Every function is a loop
// over lanes without branches, which the compiler turns into SIMD code for whatever target it is inlined into.

#define DUET_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
#define DUET_RANDOM_X86 1
#include <immintrin.h>
#endif

namespace duet::random_block {

/// L blocks, word by word: word[w][l] is word w of block l.
template <int L>
struct Lanes {
  alignas(L >= 8 ? 64 : 16) uint32_t word[4][L];
};

/// What stays the same over the blocks of one stream.
struct Stream {
  uint64_t key;
  uint64_t tick;
  uint32_t kind;  ///< already shifted to the top of the counter's last word
};

/// The ten rounds, in place: counters in, random words out.
template <int L>
DUET_INLINE void philox_rounds(Lanes<L>& lanes, uint32_t key0, uint32_t key1) {
  constexpr uint64_t kMultiply0 = 0xD2511F53u;
  constexpr uint64_t kMultiply1 = 0xCD9E8D57u;
  constexpr uint32_t kWeyl0 = 0x9E3779B9u;
  constexpr uint32_t kWeyl1 = 0xBB67AE85u;
  for (int l = 0; l < L; ++l) {
    uint32_t x0 = lanes.word[0][l], x1 = lanes.word[1][l], x2 = lanes.word[2][l], x3 = lanes.word[3][l];
#pragma GCC unroll 10
    for (uint32_t round = 0; round < 10; ++round) {
      const uint64_t product0 = kMultiply0 * x0;
      const uint64_t product1 = kMultiply1 * x2;
      x0 = static_cast<uint32_t>(product1 >> 32) ^ x1 ^ (key0 + round * kWeyl0);
      x1 = static_cast<uint32_t>(product1);
      x2 = static_cast<uint32_t>(product0 >> 32) ^ x3 ^ (key1 + round * kWeyl1);
      x3 = static_cast<uint32_t>(product0);
    }
    lanes.word[0][l] = x0;
    lanes.word[1][l] = x1;
    lanes.word[2][l] = x2;
    lanes.word[3][l] = x3;
  }
}

/// Blocks [block, block + L) of a stream.
template <int L>
DUET_INLINE void philox(const Stream& stream, uint64_t block, Lanes<L>& lanes) {
  for (int l = 0; l < L; ++l) {
    const uint64_t index = block + static_cast<uint64_t>(l);
    lanes.word[0][l] = static_cast<uint32_t>(stream.tick);
    lanes.word[1][l] = static_cast<uint32_t>(stream.tick >> 32);
    lanes.word[2][l] = static_cast<uint32_t>(index);
    lanes.word[3][l] = static_cast<uint32_t>(index >> 32) | stream.kind;
  }
  philox_rounds<L>(lanes, static_cast<uint32_t>(stream.key), static_cast<uint32_t>(stream.key >> 32));
}

#ifdef DUET_RANDOM_X86
/// The same blocks, four side by side in 64-bit lanes whose upper halves are ignored: the product of two 32-bit words
/// is then one instruction. Two and a half times as fast as what the compiler makes of the loop above.
template <int L>
__attribute__((target("avx2"))) inline void philox_avx2(const Stream& stream, uint64_t block, Lanes<L>& lanes) {
  static_assert(L % 4 == 0);
  const __m256i multiply0 = _mm256_set1_epi64x(0xD2511F53u), multiply1 = _mm256_set1_epi64x(0xCD9E8D57u);
  const __m256i kind = _mm256_set1_epi64x(stream.kind);
  const __m256i even_words = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  for (int l = 0; l < L; l += 4) {
    const __m256i start = _mm256_set1_epi64x(static_cast<int64_t>(block) + l);
    const __m256i index = _mm256_add_epi64(start, _mm256_setr_epi64x(0, 1, 2, 3));
    __m256i x[4] = {_mm256_set1_epi64x(static_cast<int64_t>(stream.tick)),
                    _mm256_set1_epi64x(static_cast<int64_t>(stream.tick >> 32)), index,
                    _mm256_or_si256(_mm256_srli_epi64(index, 32), kind)};
    uint32_t key0 = static_cast<uint32_t>(stream.key), key1 = static_cast<uint32_t>(stream.key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const __m256i product0 = _mm256_mul_epu32(multiply0, x[0]);
      const __m256i product1 = _mm256_mul_epu32(multiply1, x[2]);
      x[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product1, 32), x[1]), _mm256_set1_epi64x(key0));
      x[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product0, 32), x[3]), _mm256_set1_epi64x(key1));
      x[1] = product1;
      x[3] = product0;
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    for (int k = 0; k < 4; ++k) {
      const __m256i packed = _mm256_permutevar8x32_epi32(x[k], even_words);
      _mm_store_si128(reinterpret_cast<__m128i*>(&lanes.word[k][l]), _mm256_castsi256_si128(packed));
    }
  }
}

/// The same with eight side by side.
template <int L>
__attribute__((target("avx512f"))) inline void philox_avx512(const Stream& stream, uint64_t block, Lanes<L>& lanes) {
  static_assert(L % 8 == 0);
  constexpr __mmask8 kEvery = 0xff;  // GCC 12 warns of what the unmasked ones do inside; this costs nothing
  const __m512i multiply0 = _mm512_set1_epi64(0xD2511F53u), multiply1 = _mm512_set1_epi64(0xCD9E8D57u);
  const __m512i kind = _mm512_set1_epi64(stream.kind);
  for (int l = 0; l < L; l += 8) {
    const __m512i start = _mm512_set1_epi64(static_cast<int64_t>(block) + l);
    const __m512i index = _mm512_add_epi64(start, _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
    __m512i x[4] = {_mm512_set1_epi64(static_cast<int64_t>(stream.tick)),
                    _mm512_set1_epi64(static_cast<int64_t>(stream.tick >> 32)), index,
                    _mm512_or_si512(_mm512_maskz_srli_epi64(kEvery, index, 32), kind)};
    uint32_t key0 = static_cast<uint32_t>(stream.key), key1 = static_cast<uint32_t>(stream.key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const __m512i product0 = _mm512_maskz_mul_epu32(kEvery, multiply0, x[0]);
      const __m512i product1 = _mm512_maskz_mul_epu32(kEvery, multiply1, x[2]);
      x[0] = _mm512_xor_si512(_mm512_xor_si512(_mm512_maskz_srli_epi64(kEvery, product1, 32), x[1]),
                              _mm512_set1_epi64(key0));
      x[2] = _mm512_xor_si512(_mm512_xor_si512(_mm512_maskz_srli_epi64(kEvery, product0, 32), x[3]),
                              _mm512_set1_epi64(key1));
      x[1] = product1;
      x[3] = product0;
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    for (int k = 0; k < 4; ++k)
      _mm256_store_si256(reinterpret_cast<__m256i*>(&lanes.word[k][l]), _mm512_maskz_cvtepi64_epi32(kEvery, x[k]));
  }
}
#endif

template <int L>
DUET_INLINE uint64_t word64(const Lanes<L>& w, int half, int l) {
  return w.word[2 * half][l] | static_cast<uint64_t>(w.word[2 * half + 1][l]) << 32;
}

template <int L>
DUET_INLINE void words64(const Lanes<L>& w, uint64_t* out) {
  for (int l = 0; l < L; ++l) {
    out[2 * l] = word64<L>(w, 0, l);
    out[2 * l + 1] = word64<L>(w, 1, l);
  }
}

template <int L>
DUET_INLINE void uniform_float(const Lanes<L>& w, float* out) {
  for (int l = 0; l < L; ++l) {
    for (int k = 0; k < 4; ++k) out[4 * l + k] = static_cast<float>(static_cast<int32_t>(w.word[k][l] >> 8)) * 0x1p-24f;
  }
}

template <int L>
DUET_INLINE void uniform_double(const Lanes<L>& w, double* out) {
  for (int l = 0; l < L; ++l) {
    for (int k = 0; k < 2; ++k) {
      out[2 * l + k] = static_cast<double>(static_cast<int64_t>(word64<L>(w, k, l) >> 11)) * 0x1p-53;
    }
  }
}

/// What a precision needs: its integers, the layout of its bits and the lengths of the series below. The series are
/// the plain Taylor ones; the lengths make the first term left out smaller than half a unit in the last place.
template <typename Real>
struct Precision;
template <>
struct Precision<float> {
  using Signed = int32_t;
  using Unsigned = uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Signed kRootHalf = 0x3f3504f3;  // the bits of sqrt(1/2)
  static constexpr Signed kOne = 0x3f800000;
  static constexpr int kLogTerms = 5;   // 0.1716^10 / 11 = 2e-9, relative
  static constexpr int kTrigTerms = 5;  // (pi/4)^10 / 10! = 2.5e-8
};
template <>
struct Precision<double> {
  using Signed = int64_t;
  using Unsigned = uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Signed kRootHalf = 0x3fe6a09e667f3bcd;
  static constexpr Signed kOne = 0x3ff0000000000000;
  static constexpr int kLogTerms = 11;  // 0.1716^22 / 23 = 6e-19, relative
  static constexpr int kTrigTerms = 9;  // (pi/4)^18 / 18! = 2e-18
};

/// log(u) for u = (w / 2 + 1/2) / 2^(bits - 1), where w / 2 drops the last bit: u is in (0, 1), never 0 or 1. Near one
/// log u is taken from 1 - u, which the integer gives without cancellation, so the result is accurate relatively.
template <typename Real>
DUET_INLINE Real log_of_word(typename Precision<Real>::Unsigned word) {
  using P = Precision<Real>;
  using Signed = typename P::Signed;
  constexpr int kBits = static_cast<int>(8 * sizeof(Real)) - 1;
  constexpr Real kScale = Real(1) / Real(typename P::Unsigned(1) << kBits);
  const Signed whole = static_cast<Signed>(word >> 1);
  const Signed rest =
      static_cast<Signed>((typename P::Unsigned(1) << kBits) - 1 - static_cast<typename P::Unsigned>(whole));
  const Real u = (static_cast<Real>(whole) + Real(0.5)) * kScale;
  const Real one_minus_u = (static_cast<Real>(rest) + Real(0.5)) * kScale;
  // u = 2^exponent * (1 + m) with 1 + m in [sqrt(1/2), sqrt(2))
  const Signed shifted = std::bit_cast<Signed>(u) - P::kRootHalf;
  const Signed exponent = shifted >> P::kMantissaBits;
  const Real mantissa = std::bit_cast<Real>((shifted & ((Signed(1) << P::kMantissaBits) - 1)) + P::kRootHalf);
  const Real m = exponent == 0 ? -one_minus_u : mantissa - Real(1);
  const Real s = m / (Real(2) + m);  // log(1 + m) = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.1716
  const Real square = s * s;
  Real sum = Real(0);
#pragma GCC unroll 16
  for (int k = P::kLogTerms - 1; k >= 1; --k) sum = (sum + Real(1) / Real(2 * k + 1)) * square;
  return Real(0.693147180559945309417232121458) * static_cast<Real>(static_cast<int32_t>(exponent)) +
         Real(2) * (s + s * sum);
}

/// Cosine and sine of 2 pi word / 2^bits. The reduction to (-pi/4, pi/4) is exact integer arithmetic.
template <typename Real>
DUET_INLINE void trig_of_word(typename Precision<Real>::Unsigned word, Real& cosine, Real& sine) {
  using P = Precision<Real>;
  using Signed = typename P::Signed;
  using Unsigned = typename P::Unsigned;
  constexpr int kBits = static_cast<int>(8 * sizeof(Real));
  constexpr Real kScale = Real(6.28318530717958647692528676656) / Real(Unsigned(1) << (kBits - 1)) / Real(2);
  const Unsigned turned = word + (Unsigned(1) << (kBits - 3));  // an eighth of a turn ahead
  const Unsigned quadrant = turned >> (kBits - 2);
  const Signed rest = static_cast<Signed>(word - (quadrant << (kBits - 2)));
  const Real x = static_cast<Real>(rest) * kScale;
  const Real square = x * x;
  Real c = Real(0), s = Real(0);
#pragma GCC unroll 16
  for (int k = P::kTrigTerms - 1; k >= 1; --k) {
    c = (c + Real(1)) * (square * (Real(-1) / Real((2 * k - 1) * (2 * k))));
    s = (s + Real(1)) * (square * (Real(-1) / Real((2 * k) * (2 * k + 1))));
  }
  c = c + Real(1);
  s = s * x + x;
  // Quadrant 0: (c, s), 1: (-s, c), 2: (-c, -s), 3: (s, -c).
  const bool swap = quadrant & 1;
  const Unsigned cosine_sign = ((quadrant + 1) >> 1 & 1) << (kBits - 1);
  const Unsigned sine_sign = (quadrant >> 1 & 1) << (kBits - 1);
  cosine = std::bit_cast<Real>(std::bit_cast<Unsigned>(swap ? s : c) ^ cosine_sign);
  sine = std::bit_cast<Real>(std::bit_cast<Unsigned>(swap ? c : s) ^ sine_sign);
}

/// Box-Muller: two normals of two words.
template <typename Real>
DUET_INLINE void normal_pair(typename Precision<Real>::Unsigned radius_word,
                             typename Precision<Real>::Unsigned angle_word, Real& a, Real& b) {
  const Real radius = std::sqrt(Real(-2) * log_of_word<Real>(radius_word));
  Real cosine, sine;
  trig_of_word<Real>(angle_word, cosine, sine);
  a = radius * cosine;
  b = radius * sine;
}

template <int L>
DUET_INLINE void normal_float(const Lanes<L>& w, float* out) {
  alignas(64) float n[4][L];  // word by word first: arithmetic on whole vectors, the transposition apart
  for (int l = 0; l < L; ++l) normal_pair<float>(w.word[0][l], w.word[1][l], n[0][l], n[1][l]);
  for (int l = 0; l < L; ++l) normal_pair<float>(w.word[2][l], w.word[3][l], n[2][l], n[3][l]);
  for (int l = 0; l < L; ++l) {
    for (int k = 0; k < 4; ++k) out[4 * l + k] = n[k][l];
  }
}

template <int L>
DUET_INLINE void normal_double(const Lanes<L>& w, double* out) {
  for (int l = 0; l < L; ++l) normal_pair<double>(word64<L>(w, 0, l), word64<L>(w, 1, l), out[2 * l], out[2 * l + 1]);
}

}  // namespace duet::random_block
