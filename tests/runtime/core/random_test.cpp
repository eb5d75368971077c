#include "runtime/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>

#include "runtime/core/hash.h"

namespace duet {
namespace {

constexpr DrawKey kKey{42, 7, 1000};

TEST(Philox, KnownAnswers) {
  // The Random123 distribution's vectors for philox4x32-10.
  using Block = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

/// The block that the documentation of random.h promises.
std::array<uint32_t, 4> documented_block(DrawKey key, uint64_t block, uint32_t kind) {
  const uint64_t mixed = mix64(mix64(key.seed) + key.site);
  return philox4x32({static_cast<uint32_t>(key.tick), static_cast<uint32_t>(key.tick >> 32),
                     static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32) | kind << 28},
                    {static_cast<uint32_t>(mixed), static_cast<uint32_t>(mixed >> 32)});
}

TEST(Streams, AreLaidOutAsDocumented) {
  const DrawKey key{0x123456789abcdefu, 0xfedcba987654321u, 0x8000000100000002u};
  // Around 2^32 the block number carries into its upper word: once within a batch of lanes, once between two.
  for (const uint64_t first : {uint64_t{0}, (uint64_t{1} << 34) - 64, (uint64_t{1} << 34) - 32}) {
    std::vector<float> uniform(256);
    fill_uniform(key, first, uniform);
    std::vector<double> fine(256);
    fill_uniform(key, first, fine);
    for (uint64_t i = 0; i < uniform.size(); ++i) {
      const uint64_t e = first + i;
      ASSERT_EQ(uniform[i], static_cast<float>(documented_block(key, e / 4, 1)[e % 4] >> 8) * 0x1p-24f) << e;
      const auto block = documented_block(key, e / 2, 2);
      const uint64_t word = block[2 * (e % 2)] | static_cast<uint64_t>(block[2 * (e % 2) + 1]) << 32;
      ASSERT_EQ(fine[i], static_cast<double>(word >> 11) * 0x1p-53) << e;
      const auto plain = documented_block(key, e / 2, 0);
      ASSERT_EQ(bits(key, e), plain[2 * (e % 2)] | static_cast<uint64_t>(plain[2 * (e % 2) + 1]) << 32) << e;
    }
  }
}

/// Any sub-range gives the same numbers as the whole: this also compares the SIMD path with the one block path.
template <typename Value, typename Fill>
void expect_pieces_equal_whole(Fill fill) {
  std::vector<Value> whole(1500);
  fill(kKey, 0, std::span(whole));
  for (const size_t first : {0, 1, 2, 3, 4, 5, 127, 128, 129, 511}) {
    for (const size_t count : {0, 1, 2, 3, 5, 6, 64, 131, 900}) {
      std::vector<Value> piece(count);
      fill(kKey, first, std::span(piece));
      ASSERT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(first)))
          << first << " " << count;
    }
  }
}

TEST(Streams, PiecesEqualTheWhole) {
  expect_pieces_equal_whole<float>([](DrawKey k, uint64_t f, std::span<float> out) { fill_uniform(k, f, out); });
  expect_pieces_equal_whole<double>([](DrawKey k, uint64_t f, std::span<double> out) { fill_uniform(k, f, out); });
  expect_pieces_equal_whole<float>([](DrawKey k, uint64_t f, std::span<float> out) { fill_normal(k, f, out); });
  expect_pieces_equal_whole<double>([](DrawKey k, uint64_t f, std::span<double> out) { fill_normal(k, f, out); });
  expect_pieces_equal_whole<int64_t>(
      [](DrawKey k, uint64_t f, std::span<int64_t> out) { fill_indices(k, f, 1234567, out); });
}

TEST(Streams, AreTheSameOnEveryMachine) {
  // Found alike with GCC 12 (-O0, -O3, with and without AVX2) and Clang 14: a change breaks the resume of old runs.
  std::vector<float> normal(4096), uniform(4096);
  std::vector<double> fine(4096);
  std::vector<int64_t> indices(4096);
  fill_normal(kKey, 5, normal);
  fill_uniform(kKey, 5, uniform);
  fill_normal(kKey, 5, fine);
  fill_indices(kKey, 5, 1000, indices);
  EXPECT_EQ(crc32c(std::as_bytes(std::span(normal))), 0x49e18be1u);
  EXPECT_EQ(crc32c(std::as_bytes(std::span(uniform))), 0xad6a0d9au);
  EXPECT_EQ(crc32c(std::as_bytes(std::span(fine))), 0xfde7cc25u);
  EXPECT_EQ(crc32c(std::as_bytes(std::span(indices))), 0xa68c5b63u);
}

TEST(Streams, FourThreadsDrawWhatOneDraws) {
  std::vector<float> alone(40000), together(40000);
  fill_normal(kKey, 0, alone);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { fill_normal(kKey, t * 10000, std::span(together).subspan(t * 10000, 10000)); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(alone, together);
}

TEST(Streams, DifferInSeedSiteTickAndKind) {
  std::set<uint64_t> seen;
  int keys = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    for (uint64_t site = 0; site < 10; ++site) {
      for (uint64_t tick = 0; tick < 10; ++tick, ++keys) seen.insert(bits({seed, site, tick}, 0));
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(keys));

  // Correlation of two streams of 40000: standard deviation 1/200 each, so 0.025 is five of them.
  std::vector<float> base(40000), other(40000), uniform(40000);
  fill_normal(kKey, 0, base);
  const auto correlation = [&](const std::vector<float>& b) {
    return std::inner_product(base.begin(), base.end(), b.begin(), 0.0) / static_cast<double>(base.size());
  };
  for (const DrawKey key : {DrawKey{43, 7, 1000}, DrawKey{42, 8, 1000}, DrawKey{42, 7, 1001}}) {
    fill_normal(key, 0, other);
    EXPECT_LT(std::abs(correlation(other)), 0.025);
  }
  fill_uniform(kKey, 0, uniform);
  for (float& u : uniform) u -= 0.5f;
  EXPECT_LT(std::abs(correlation(uniform)), 0.025);
}

TEST(Normal, FloatAgreesWithBoxMullerInDoublePrecision) {
  constexpr size_t kCount = 1 << 20;
  std::vector<float> normals(kCount);
  fill_normal(kKey, 0, normals);
  double worst = 0;
  for (size_t i = 0; i < kCount; i += 2) {
    const auto block = documented_block(kKey, i / 4, 3);
    const double u = ((block[i % 4] >> 1) + 0.5) * 0x1p-31;
    const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * M_PI * (block[i % 4 + 1] * 0x1p-32);
    worst = std::max(worst, std::abs(normals[i] - radius * std::cos(angle)));
    worst = std::max(worst, std::abs(normals[i + 1] - radius * std::sin(angle)));
  }
  EXPECT_LT(worst, 2e-6);
}

TEST(Normal, DoubleAgreesWithBoxMullerInLongDouble) {
  constexpr size_t kCount = 1 << 18;
  std::vector<double> normals(kCount);
  fill_normal(kKey, 0, normals);
  long double worst = 0;
  for (size_t i = 0; i < kCount; i += 2) {
    const auto block = documented_block(kKey, i / 2, 4);
    const uint64_t a = block[0] | static_cast<uint64_t>(block[1]) << 32;
    const uint64_t b = block[2] | static_cast<uint64_t>(block[3]) << 32;
    const long double u = (static_cast<long double>(a >> 1) + 0.5L) * 0x1p-63L;
    const long double radius = std::sqrt(-2 * std::log(u));
    const long double angle = 2 * 3.14159265358979323846264338327950288L * (static_cast<long double>(b) * 0x1p-64L);
    worst = std::max(worst, std::abs(normals[i] - radius * std::cos(angle)));
    worst = std::max(worst, std::abs(normals[i + 1] - radius * std::sin(angle)));
  }
  EXPECT_LT(worst, 6e-15L);  // a few units in the last place of numbers up to 6
}

/// The largest distance between the sample's distribution function and `cdf`, times sqrt(n): above 1.95 with
/// probability 0.001 if the sample is right (Kolmogorov). The keys are fixed, so the tests below always give the same.
template <typename Value, typename Cdf>
double kolmogorov(std::vector<Value> sample, Cdf cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double worst = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(static_cast<double>(sample[i]));
    worst = std::max({worst, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

template <typename Value>
void expect_normal() {
  constexpr size_t kCount = 1 << 22;
  std::vector<Value> x(kCount);
  fill_normal(kKey, 0, std::span<Value>(x));
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  size_t beyond4 = 0;
  for (const Value value : x) {
    const double v = static_cast<double>(value), v2 = v * v;
    ASSERT_TRUE(std::isfinite(v));
    m1 += v, m2 += v2, m3 += v * v2, m4 += v2 * v2;
    beyond4 += std::abs(v) > 4;
  }
  // Each bound is five standard errors: Var(x^k) is 1, 2, 15, 96.
  const double n = static_cast<double>(kCount), five = 5 / std::sqrt(n);
  EXPECT_NEAR(m1 / n, 0, five);
  EXPECT_NEAR(m2 / n, 1, five * std::sqrt(2));
  EXPECT_NEAR(m3 / n, 0, five * std::sqrt(15));
  EXPECT_NEAR(m4 / n, 3, five * std::sqrt(96));
  const double expected = n * std::erfc(4 / std::sqrt(2));
  EXPECT_NEAR(static_cast<double>(beyond4), expected, 5 * std::sqrt(expected));
  x.resize(1 << 18);
  EXPECT_LT(kolmogorov(x, [](double v) { return 0.5 * std::erfc(-v / std::sqrt(2)); }), 1.95);
}

TEST(Normal, FloatMomentsTailsAndDistribution) {
  expect_normal<float>();
}
TEST(Normal, DoubleMomentsTailsAndDistribution) {
  expect_normal<double>();
}

TEST(Normal, NeighboursAreUncorrelated) {
  constexpr size_t kCount = 1 << 20;
  std::vector<float> x(kCount + 8);
  fill_normal(kKey, 0, x);
  for (size_t lag = 1; lag <= 8; ++lag) {
    const double sum = std::inner_product(x.begin(), x.begin() + kCount, x.begin() + static_cast<int>(lag), 0.0);
    EXPECT_LT(std::abs(sum) / kCount, 5 / std::sqrt(double{kCount})) << "lag " << lag;
  }
}

template <typename Value>
void expect_uniform() {
  std::vector<Value> x(1 << 20);
  fill_uniform(kKey, 0, std::span<Value>(x));
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  EXPECT_GE(*low, Value(0));
  EXPECT_LT(*high, Value(1));
  EXPECT_LT(kolmogorov(x, [](double v) { return v; }), 1.95);
}

TEST(Uniform, FloatDistribution) {
  expect_uniform<float>();
}
TEST(Uniform, DoubleDistribution) {
  expect_uniform<double>();
}

TEST(Indices, AreEvenlySpread) {
  constexpr int64_t kBins = 10;
  std::vector<int64_t> x(1000000);
  fill_indices(kKey, 0, kBins, x);
  std::array<int64_t, kBins> count{};
  for (const int64_t i : x) {
    ASSERT_GE(i, 0);
    ASSERT_LT(i, kBins);
    ++count[static_cast<size_t>(i)];
  }
  for (const int64_t c : count) EXPECT_NEAR(static_cast<double>(c), 1e5, 5 * std::sqrt(1e5 * 0.9));
  fill_indices(kKey, 0, 1, x);
  EXPECT_EQ(std::count(x.begin(), x.end(), 0), 1000000);
  EXPECT_THROW(fill_indices(kKey, 0, 0, x), std::invalid_argument);
}

TEST(Permutation, IsOneAndEveryOrderOccurs) {
  for (const int64_t n : {0, 1, 2, 257, 1000}) {
    std::vector<int64_t> order = permutation(kKey, n);
    std::sort(order.begin(), order.end());
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(order[static_cast<size_t>(i)], i);
  }
  std::vector<int64_t> code(27);
  constexpr int kDraws = 60000;
  for (uint64_t tick = 0; tick < kDraws; ++tick) {
    const auto order = permutation({1, 2, tick}, 3);
    ++code[static_cast<size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  int orders = 0;
  for (const int64_t c : code) {
    if (c == 0) continue;
    ++orders;
    EXPECT_NEAR(static_cast<double>(c), kDraws / 6.0, 5 * std::sqrt(kDraws / 6.0 * 5 / 6));
  }
  EXPECT_EQ(orders, 6);
}

}  // namespace
}  // namespace duet
