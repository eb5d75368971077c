#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/core/hash.h"

namespace duet {

/// Counter-based randomness: every number is a pure function of (seed, site, tick, index), so results depend neither on
/// the number of threads nor on the order in which they ask, and a resumed run needs no generator state but its tick.
///
/// The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11). One block of
/// 4 x 32 bits is philox(counter, key) with
///   key      = mix64(mix64(seed) + site)                  64 bits, see runtime/core/hash.h
///   counter  = (tick low, tick high, block low, block high | kind << 28)
/// `kind` separates the functions below, so that a uniform and a normal drawn under one key are independent; it leaves
/// 2^60 blocks to each. Elements sit in blocks in order: 4 floats, 2 doubles or 2 x 64 bits to a block.
/// The arithmetic uses no contraction and no library functions, so the numbers are the same on every IEEE machine.
struct DrawKey {
  uint64_t seed = 0;  ///< of the run
  uint64_t site = 0;  ///< which `~` of the script (or which internal draw)
  uint64_t tick = 0;  ///< which moment: usually the step counter of the run

  bool operator==(const DrawKey&) const = default;
};

/// The same moment and seed for another purpose: a site derived from `site` and a number.
constexpr uint64_t derived_site(uint64_t site, uint64_t number) {
  return mix64(mix64(site) + number + 1);
}

/// One Philox4x32-10 block: the bare generator, as in the paper's known-answer tests.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// 64 uniformly random bits: element `index` of the key's stream of bits.
uint64_t bits(DrawKey key, uint64_t index);

/// out[i] = element `first + i` of the key's uniform stream, in [0, 1), a multiple of 2^-24 (float) or 2^-53 (double).
void fill_uniform(DrawKey key, uint64_t first, std::span<float> out);
void fill_uniform(DrawKey key, uint64_t first, std::span<double> out);

/// out[i] = element `first + i` of the key's standard normal stream (Box-Muller; elements 2j and 2j + 1 are the cosine
/// and the sine of one pair). Largest magnitude 6.7 (float), 9.5 (double). Float error below 2e-6 absolute.
void fill_normal(DrawKey key, uint64_t first, std::span<float> out);
void fill_normal(DrawKey key, uint64_t first, std::span<double> out);

/// out[i] = floor(bits(key, first + i) * n / 2^64), uniform in [0, n) with a bias below n / 2^64. Needs n > 0.
void fill_indices(DrawKey key, uint64_t first, int64_t n, std::span<int64_t> out);

/// A random order of 0 .. n-1 (Fisher-Yates; swap i uses element i of the key's stream of bits).
std::vector<int64_t> permutation(DrawKey key, int64_t n);
/// The same, of 0 .. out.size()-1, without allocating.
void fill_permutation(DrawKey key, std::span<int64_t> out);

}  // namespace duet
