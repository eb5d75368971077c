#include "runtime/core/random.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "runtime/core/hash.h"
#include "runtime/core/random_block.h"

// This file is compiled with -O3 -ffp-contract=off (see CMakeLists.txt): the loops over lanes become SIMD code, and
// since no multiply and add are fused the scalar, SSE, AVX2 and AVX-512 versions give the same bits.

namespace duet {
namespace {

/// Which stream of a key: the top four bits of the counter.
enum class Kind : uint32_t { kBits = 0, kUniform32 = 1, kUniform64 = 2, kNormal32 = 3, kNormal64 = 4 };

template <Kind kind>
struct StreamOf;
template <>
struct StreamOf<Kind::kUniform32> {
  using Value = float;
  template <int L>
  static DUET_INLINE void make(const random_block::Lanes<L>& w, float* out) {
    random_block::uniform_float<L>(w, out);
  }
};
template <>
struct StreamOf<Kind::kUniform64> {
  using Value = double;
  template <int L>
  static DUET_INLINE void make(const random_block::Lanes<L>& w, double* out) {
    random_block::uniform_double<L>(w, out);
  }
};
template <>
struct StreamOf<Kind::kNormal32> {
  using Value = float;
  template <int L>
  static DUET_INLINE void make(const random_block::Lanes<L>& w, float* out) {
    random_block::normal_float<L>(w, out);
  }
};
template <>
struct StreamOf<Kind::kNormal64> {
  using Value = double;
  template <int L>
  static DUET_INLINE void make(const random_block::Lanes<L>& w, double* out) {
    random_block::normal_double<L>(w, out);
  }
};
template <>
struct StreamOf<Kind::kBits> {
  using Value = uint64_t;
  template <int L>
  static DUET_INLINE void make(const random_block::Lanes<L>& w, uint64_t* out) {
    random_block::words64<L>(w, out);
  }
};

random_block::Stream stream_of(DrawKey key, Kind kind) {
  const uint64_t mixed = mix64(mix64(key.seed) + key.site);
  return {mixed, key.tick, static_cast<uint32_t>(kind) << 28};
}

/// Blocks [block, block + L) to `out`, which has room for all of them.
template <Kind kind, typename Machine, int L>
DUET_INLINE void blocks(const random_block::Stream& stream, uint64_t block, typename StreamOf<kind>::Value* out) {
  random_block::Lanes<L> lanes;
  Machine::template philox<L>(stream, block, lanes);
  StreamOf<kind>::template make<L>(lanes, out);
}

/// The loops in plain C++.
struct Plain {
  template <int L>
  static DUET_INLINE void philox(const random_block::Stream& stream, uint64_t block, random_block::Lanes<L>& lanes) {
    random_block::philox<L>(stream, block, lanes);
  }
};

#ifdef DUET_RANDOM_X86
/// Each to be used in functions compiled for it only.
struct Avx2 {
  template <int L>
  static DUET_INLINE void philox(const random_block::Stream& stream, uint64_t block, random_block::Lanes<L>& lanes) {
    if constexpr (L % 4 == 0) {
      random_block::philox_avx2<L>(stream, block, lanes);
    } else {
      random_block::philox<L>(stream, block, lanes);
    }
  }
};
struct Avx512 {
  template <int L>
  static DUET_INLINE void philox(const random_block::Stream& stream, uint64_t block, random_block::Lanes<L>& lanes) {
    if constexpr (L % 8 == 0) {
      random_block::philox_avx512<L>(stream, block, lanes);
    } else {
      random_block::philox<L>(stream, block, lanes);
    }
  }
};
#endif

/// Whole batches straight to `out`, the ragged ends through a buffer: a batch costs no more than a few single blocks.
template <Kind kind, typename Machine>
DUET_INLINE void fill_body(const random_block::Stream& stream, uint64_t first, typename StreamOf<kind>::Value* out,
                           size_t count) {
  using Value = typename StreamOf<kind>::Value;
  constexpr int kLanes = 32;
  constexpr size_t kPerBlock = 16 / sizeof(Value), kPerBatch = kLanes * kPerBlock, kFew = 2 * kPerBlock;
  alignas(64) Value buffer[kPerBatch];
  size_t done = 0;
  while (done < count) {
    const uint64_t block = (first + done) / kPerBlock;
    const size_t skip = (first + done) % kPerBlock, left = count - done;
    const bool direct = skip == 0 && left >= kPerBatch, few = skip + left <= kFew;
    if (few) {
      blocks<kind, Machine, 1>(stream, block, buffer);
    } else {
      blocks<kind, Machine, kLanes>(stream, block, direct ? out + done : buffer);
    }
    const size_t take = direct ? kPerBatch : std::min((few ? kPerBlock : kPerBatch) - skip, left);
    if (!direct) std::copy_n(buffer + skip, take, out + done);
    done += take;
  }
}

template <Kind kind>
void fill_plain(const random_block::Stream& stream, uint64_t first, typename StreamOf<kind>::Value* out, size_t count) {
  fill_body<kind, Plain>(stream, first, out, count);
}

#ifdef DUET_RANDOM_X86
template <Kind kind>
__attribute__((target("avx2"))) void fill_avx2(const random_block::Stream& stream, uint64_t first,
                                               typename StreamOf<kind>::Value* out, size_t count) {
  fill_body<kind, Avx2>(stream, first, out, count);
}
template <Kind kind>
__attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512"))) void fill_avx512(
    const random_block::Stream& stream, uint64_t first, typename StreamOf<kind>::Value* out, size_t count) {
  fill_body<kind, Avx512>(stream, first, out, count);
}
#endif

template <Kind kind>
void fill(DrawKey key, uint64_t first, std::span<typename StreamOf<kind>::Value> out) {
  const random_block::Stream stream = stream_of(key, kind);
#ifdef DUET_RANDOM_X86
  static const bool has_avx512 = __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx512) return fill_avx512<kind>(stream, first, out.data(), out.size());
  if (has_avx2) return fill_avx2<kind>(stream, first, out.data(), out.size());
#endif
  fill_plain<kind>(stream, first, out.data(), out.size());
}

/// floor(x * n / 2^64).
uint64_t scaled(uint64_t x, uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(x) * n) >> 64);
}

/// Elements [first, first + count) of the stream of bits, handed on in batches: body(offset, words).
template <typename Body>
void each_bits(DrawKey key, uint64_t first, size_t count, Body body) {
  std::array<uint64_t, 256> words;
  for (size_t done = 0; done < count; done += words.size()) {
    const std::span<uint64_t> batch(words.data(), std::min(words.size(), count - done));
    fill<Kind::kBits>(key, first + done, batch);
    body(done, std::span<const uint64_t>(batch));
  }
}

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  random_block::Lanes<1> lanes{{{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}}};
  random_block::philox_rounds<1>(lanes, key[0], key[1]);
  return {lanes.word[0][0], lanes.word[1][0], lanes.word[2][0], lanes.word[3][0]};
}

uint64_t bits(DrawKey key, uint64_t index) {
  uint64_t word = 0;
  fill<Kind::kBits>(key, index, {&word, 1});
  return word;
}

void fill_uniform(DrawKey key, uint64_t first, std::span<float> out) {
  fill<Kind::kUniform32>(key, first, out);
}
void fill_uniform(DrawKey key, uint64_t first, std::span<double> out) {
  fill<Kind::kUniform64>(key, first, out);
}
void fill_normal(DrawKey key, uint64_t first, std::span<float> out) {
  fill<Kind::kNormal32>(key, first, out);
}
void fill_normal(DrawKey key, uint64_t first, std::span<double> out) {
  fill<Kind::kNormal64>(key, first, out);
}

void fill_indices(DrawKey key, uint64_t first, int64_t n, std::span<int64_t> out) {
  if (n <= 0) throw std::invalid_argument("fill_indices: an index must be drawn from at least one");
  each_bits(key, first, out.size(), [&](size_t done, std::span<const uint64_t> words) {
    for (size_t i = 0; i < words.size(); ++i) {
      out[done + i] = static_cast<int64_t>(scaled(words[i], static_cast<uint64_t>(n)));
    }
  });
}

std::vector<int64_t> permutation(DrawKey key, int64_t n) {
  if (n < 0) throw std::invalid_argument("permutation: a negative size");
  std::vector<int64_t> order(static_cast<size_t>(n));
  fill_permutation(key, order);
  return order;
}

void fill_permutation(DrawKey key, std::span<int64_t> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<int64_t>(i);
  each_bits(key, 0, out.size(), [&](size_t done, std::span<const uint64_t> words) {
    for (size_t k = 0; k < words.size(); ++k) {
      const size_t i = done + k;  // out[i] is swapped with one of those from i to the end
      std::swap(out[i], out[i + scaled(words[k], out.size() - i)]);
    }
  });
}

}  // namespace duet
