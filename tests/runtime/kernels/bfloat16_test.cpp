#include "runtime/kernels/bfloat16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "runtime/core/random.h"

namespace duet::kernels {
namespace {

std::vector<float> normals(int64_t n, uint64_t site) {
  std::vector<float> x(static_cast<size_t>(n));
  fill_normal({1, site, 0}, 0, x);
  return x;
}

float rounded(float x) {
  Bfloat16 half;
  to_bfloat16(&x, 1, &half);
  from_bfloat16(&half, 1, &x);
  return x;
}

TEST(Bfloat16, RoundsToTheNearest) {
  EXPECT_EQ(rounded(1.0f), 1.0f);
  EXPECT_EQ(rounded(-2.5f), -2.5f);
  EXPECT_EQ(rounded(1.0f + 0x1p-8f), 1.0f);                      // half way: the even one
  EXPECT_EQ(rounded(1.0f + 0x1p-7f + 0x1p-8f), 1.0f + 0x1p-6f);  // half way: the even one
  EXPECT_EQ(rounded(1.0f + 0x1p-8f + 0x1p-20f), 1.0f + 0x1p-7f);
  EXPECT_EQ(rounded(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
  EXPECT_EQ(rounded(-std::numeric_limits<float>::infinity()), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(0x7f800001u))));  // its payload lies in the lower half
  for (const float x : normals(1000, 5)) EXPECT_NEAR(rounded(x), x, std::abs(x) * 0x1p-8f);
}

/// A product of rounded numbers in double; the sum in float32 adds at most a few ulp of its magnitude.
void expect_right(const PackedShape& s) {
  const std::vector<float> a = normals(s.m * s.lda, 1), w = normals(s.k * (s.n + 2), 2), bias = normals(s.n, 3);
  PackedWeights weights(s.k, s.n);
  weights.pack(w.data(), s.n + 2);
  std::vector<Bfloat16> a_half(a.size()), c_half(static_cast<size_t>(s.m * s.ldc));
  to_bfloat16(a.data(), static_cast<int64_t>(a.size()), a_half.data());
  std::vector<float> c(c_half.size());
  const auto matmul = PackedMatmul::make(s);
  std::vector<Bfloat16> scratch(static_cast<size_t>(matmul->scratch_size()));
  matmul->run(s.bfloat16_in ? static_cast<const void*>(a_half.data()) : a.data(), weights, bias.data(),
              s.bfloat16_out ? static_cast<void*>(c_half.data()) : c.data(), scratch.data());
  if (s.bfloat16_out) from_bfloat16(c_half.data(), static_cast<int64_t>(c.size()), c.data());
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = s.bias ? bias[static_cast<size_t>(j)] : 0, magnitude = std::abs(sum);
      for (int64_t l = 0; l < s.k; ++l) {
        const double term = static_cast<double>(rounded(a[static_cast<size_t>(i * s.lda + l)])) *
                            rounded(w[static_cast<size_t>(l * (s.n + 2) + j)]);
        sum += term;
        magnitude += std::abs(term);
      }
      const double expected = s.activation == Activation::swish ? sum / (1 + std::exp(-sum)) : sum;
      const double rounding = s.bfloat16_out ? std::abs(expected) * 0x1p-8 : 0;
      ASSERT_NEAR(c[static_cast<size_t>(i * s.ldc + j)], expected, magnitude * 0x1p-20 + rounding + 2e-6)
          << s.m << " x " << s.n << " x " << s.k << " at " << i << ", " << j;
    }
  }
}

TEST(PackedMatmul, EveryFormOfInputAndOutput) {
  for (const std::vector<int64_t>& size : {std::vector<int64_t>{1, 6, 200}, {17, 33, 5}, {108, 200, 200}, {3, 1, 1}}) {
    for (const bool in : {false, true}) {
      for (const bool out : {false, true}) {
        const int64_t m = size[0], n = size[1], k = size[2];
        expect_right({m, n, k, k, n, true, Activation::swish, in, out});
        expect_right({m, n, k, k + 3, n + 5, false, Activation::none, in, out});
      }
    }
  }
}

TEST(PackedMatmul, RefusesWhatDoesNotFit) {
  EXPECT_THROW(PackedMatmul::make({0, 1, 1, 1, 1}), std::invalid_argument);
  EXPECT_THROW(PackedMatmul::make({2, 2, 2, 1, 2}), std::invalid_argument);
  const PackedWeights weights(3, 4);
  std::vector<float> numbers(16);
  std::vector<Bfloat16> scratch(16);
  EXPECT_THROW(
      PackedMatmul::make({2, 3, 3, 3, 3})->run(numbers.data(), weights, nullptr, numbers.data(), scratch.data()),
      std::invalid_argument);
}

}  // namespace
}  // namespace duet::kernels
