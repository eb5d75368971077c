#include "runtime/kernels/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/kernels/tiled_matmul.h"
#include "tests/support/allocation_counter.h"

namespace duet::kernels {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> normals(int64_t n, uint64_t site) {
  std::vector<float> x(static_cast<size_t>(n));
  fill_normal({1, site, 0}, 0, x);
  return x;
}

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::swish:
      return x / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
  }
  return kNaN;
}

MatmulShape plain(int64_t m, int64_t n, int64_t k) {
  return {m, n, k, k, n, n};
}

/// Matrices for a shape, and its product; what no product may touch is NaN.
struct Problem {
  explicit Problem(const MatmulShape& s)
      : shape(s),
        a(normals((s.transpose_a ? s.k : s.m) * s.lda, 1)),
        b(normals((s.transpose_b ? s.n : s.k) * s.ldb, 2)),
        bias(normals(s.bias_rows > 0 ? s.m / s.bias_rows * s.ld_bias : s.n, 3)),
        factor(normals(s.m * s.ldf, 5)),
        before(normals(s.m * s.ldc, 4)),
        c(before) {}

  void run() { Matmul::make(shape)->run(a.data(), b.data(), shape.bias ? bias.data() : factor.data(), c.data()); }

  /// Element by element in double. An error of half an ulp per term adds up to at most k ulp of the sum of magnitudes,
  /// and activations have slopes up to 1.1; oneDNN's are good to 1e-6.
  void expect_right() const {
    const auto at = [](const std::vector<float>& x, int64_t row, int64_t column, int64_t ld, bool transposed) {
      return static_cast<double>(x[static_cast<size_t>(transposed ? column * ld + row : row * ld + column)]);
    };
    for (int64_t i = 0; i < shape.m; ++i) {
      for (int64_t j = 0; j < shape.ldc; ++j) {
        const size_t place = static_cast<size_t>(i * shape.ldc + j);
        if (j >= shape.n) {
          ASSERT_EQ(c[place], before[place]) << "behind row " << i;
          continue;
        }
        const int64_t row_of_bias = shape.bias_rows > 0 ? i / shape.bias_rows * shape.ld_bias : 0;
        double sum = shape.bias ? bias[static_cast<size_t>(row_of_bias + j)] : 0;
        if (shape.accumulate) sum += before[place];
        double magnitude = std::abs(sum);
        for (int64_t l = 0; l < shape.k; ++l) {
          const double term = at(a, i, l, shape.lda, shape.transpose_a) * at(b, l, j, shape.ldb, shape.transpose_b);
          sum += term;
          magnitude += std::abs(term);
        }
        const double tolerance = 1.1 * 0x1p-24 * std::sqrt(static_cast<double>(shape.k) + 1) * 4 * magnitude + 2e-6;
        const double f = shape.factor == Factor::none ? 1 : at(factor, i, j, shape.ldf, false);
        const double scale = shape.factor == Factor::positive ? (f > 0 ? 1 : 0) : f;
        ASSERT_NEAR(c[place], scale * activated(shape.activation, sum), std::max(1.0, std::abs(scale)) * tolerance)
            << shape.m << " x " << shape.n << " x " << shape.k << " at " << i << ", " << j;
      }
    }
  }

  MatmulShape shape;
  std::vector<float> a, b, bias, factor, before, c;
};

void expect_right(const MatmulShape& shape) {
  Problem problem(shape);
  problem.run();
  problem.expect_right();
}

// Sizes for every way to compute: one row, one column, general; with remainders of every kind.
const std::vector<std::vector<int64_t>> kSizes = {
    {1, 1, 1},  {1, 6, 256}, {1, 256, 17},  {1, 300, 31}, {2, 37, 20},   {3, 128, 40},   {4, 75, 9},
    {4, 1, 50}, {50, 1, 7},  {420, 1, 200}, {5, 16, 3},   {33, 18, 200}, {105, 200, 23}, {17, 5, 1},
};

TEST(Matmul, EveryLayout) {
  for (const std::vector<int64_t>& size : kSizes)
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        for (const int64_t extra : {0, 3}) {
          MatmulShape shape{size[0], size[1], size[2]};
          shape.transpose_a = transpose_a;
          shape.transpose_b = transpose_b;
          shape.lda = (transpose_a ? shape.m : shape.k) + extra;
          shape.ldb = (transpose_b ? shape.k : shape.n) + extra;
          shape.ldc = shape.n + extra;
          expect_right(shape);
        }
}

TEST(Matmul, EveryFactor) {
  for (const std::vector<int64_t>& size : kSizes)
    for (const Factor factor : {Factor::value, Factor::positive})
      for (const bool transpose_b : {false, true}) {
        MatmulShape shape = plain(size[0], size[1], size[2]);
        shape.transpose_b = transpose_b;
        if (transpose_b) shape.ldb = shape.k;
        shape.factor = factor;
        shape.ldf = shape.n + 2;
        expect_right(shape);
      }
  MatmulShape deep = plain(20, 40, 600);  // a sum that is made in several parts
  deep.factor = Factor::value;
  deep.ldf = 40;
  expect_right(deep);
}

TEST(Matmul, ASlopeIsTheDerivativeOfTheSwish) {
  for (const std::vector<int64_t>& size : kSizes) {
    MatmulShape shape = plain(size[0], size[1], size[2]);
    shape.ldc = shape.n + 3;
    shape.bias = true;
    Problem before(shape), after(shape);
    before.run();
    after.shape.activation = Activation::swish;
    after.shape.slope = true;
    std::vector<float> slope(after.c.size(), 7.0f);
    Matmul::make(after.shape)->run(after.a.data(), after.b.data(), after.bias.data(), after.c.data(), slope.data());
    after.expect_right();
    for (int64_t i = 0; i < shape.m; ++i) {
      for (int64_t j = 0; j < shape.ldc; ++j) {
        const auto place = static_cast<size_t>(i * shape.ldc + j);
        const double x = before.c[place], s = activated(Activation::sigmoid, x);
        // The slope itself changes by at most 0.5 for a change of 1 in x, which has the error of the sum.
        const double error = 1e-6 * std::sqrt(static_cast<double>(shape.k)) * (1 + std::abs(x));
        ASSERT_NEAR(slope[place], j < shape.n ? s * (1 + x * (1 - s)) : 7, error) << i << ", " << j;
      }
    }
  }
  MatmulShape wrong = plain(4, 4, 4);
  wrong.slope = true;
  EXPECT_THROW(Matmul::make(wrong), std::invalid_argument);
}

TEST(Matmul, EveryEnding) {
  for (const std::vector<int64_t>& size : kSizes)
    for (const bool transpose_b : {false, true})
      for (const bool bias : {false, true})
        for (const bool accumulate : {false, true})
          for (const Activation activation :
               {Activation::none, Activation::relu, Activation::swish, Activation::tanh, Activation::sigmoid}) {
            MatmulShape shape = plain(size[0], size[1], size[2]);
            shape.transpose_b = transpose_b;
            if (transpose_b) shape.ldb = shape.k;
            shape.bias = bias;
            shape.accumulate = accumulate;
            shape.activation = activation;
            expect_right(shape);
          }
}

TEST(Matmul, RowsShareARowOfABias) {
  for (const std::vector<int64_t>& size : kSizes)
    for (int64_t every = 1; every <= size[0]; ++every)
      for (const int64_t extra : {0, 3})
        for (const Activation activation : {Activation::none, Activation::relu, Activation::swish}) {
          if (size[0] % every != 0) continue;
          MatmulShape shape = plain(size[0], size[1], size[2]);
          shape.bias = true;
          shape.bias_rows = every;
          shape.ld_bias = shape.n + extra;
          shape.activation = activation;
          expect_right(shape);
        }
  MatmulShape deep = plain(24, 56, 600);  // a sum that is made in several parts
  deep.bias = true;
  deep.bias_rows = 4;
  deep.ld_bias = 56;
  expect_right(deep);
  deep.accumulate = true;
  EXPECT_THROW(Matmul::make(deep), std::invalid_argument);
  deep.accumulate = false;
  deep.bias_rows = 5;
  EXPECT_THROW(Matmul::make(deep), std::invalid_argument) << "24 rows are no multiple";
}

// Every height and width of a tile of registers, its last one full, a part, and a half or less; sums in one go and in
// several.
TEST(Matmul, EveryTile) {
  for (int64_t m = 2; m <= 25; ++m)
    for (const int64_t n : {2, 7, 8, 9, 15, 16, 17, 24, 25, 32, 36, 40, 41, 48, 49, 200})
      for (const int64_t k : {1, 3, 40}) expect_right(plain(m, n, k));
  for (const int64_t k : {255, 256, 257, 700})
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        for (const bool bias : {false, true})
          for (const bool accumulate : {false, true}) {
            MatmulShape shape = plain(13, 56, k);
            shape.transpose_a = transpose_a;
            shape.transpose_b = transpose_b;
            if (transpose_a) shape.lda = shape.m;
            if (transpose_b) shape.ldb = shape.k;
            shape.bias = bias;
            shape.accumulate = accumulate;
            shape.activation = Activation::swish;
            expect_right(shape);
          }
}

// A tile of rows may be cut anywhere: pieces of a batch give the bits of the whole.
TEST(Matmul, ARowDoesNotDependOnTheOthers) {
  if (!TiledMatmul::available()) GTEST_SKIP() << "oneDNN promises no such thing";
  const MatmulShape all = plain(37, 41, 300);
  Problem whole(all);
  whole.run();
  for (const int64_t rows : {2, 9, 20}) {
    MatmulShape part = all;
    part.m = rows;
    std::vector<float> c(static_cast<size_t>(rows * all.ldc));
    Matmul::make(part)->run(whole.a.data() + 11 * all.lda, whole.b.data(), nullptr, c.data());
    EXPECT_EQ(std::memcmp(c.data(), whole.c.data() + 11 * all.ldc, c.size() * sizeof(float)), 0) << rows;
  }
}

TEST(Matmul, OneColumnOfATransposedMatrix) {
  for (const int64_t k : {1, 5, 128})
    for (const bool accumulate : {false, true})
      for (const int64_t ldb : {1, 4}) {
        MatmulShape shape{75, 1, k, 80, ldb, 1, true};
        shape.accumulate = accumulate;
        expect_right(shape);
      }
}

TEST(Matmul, TheSameBitsInEveryThread) {
  for (const std::vector<int64_t>& size : kSizes) {
    Problem here(plain(size[0], size[1], size[2])), there = here;
    here.run();
    std::thread([&] { there.run(); }).join();
    EXPECT_EQ(std::memcmp(here.c.data(), there.c.data(), here.c.size() * sizeof(float)), 0);
  }
}

TEST(Matmul, IsMadeOncePerShape) {
  MatmulShape shape = plain(10, 11, 12);
  const auto matmul = Matmul::make(shape);
  EXPECT_EQ(Matmul::make(shape), matmul);
  EXPECT_EQ(matmul->flops(), 2.0 * 10 * 11 * 12);
  shape.bias = true;
  EXPECT_NE(Matmul::make(shape), matmul);
}

TEST(Matmul, TakesNoMemoryOfItsOwnWhileRunning) {
  // oneDNN 2.6 allocates six times in each execution: its map of arguments.
  constexpr long kRuns = 10, kByOneDnn = 6;
  for (const std::vector<int64_t>& size : kSizes) {
    Problem problem(plain(size[0], size[1], size[2]));
    const auto matmul = Matmul::make(problem.shape);
    matmul->run(problem.a.data(), problem.b.data(), nullptr, problem.c.data());
    const long before = test::allocations();
    for (long i = 0; i < kRuns; ++i) matmul->run(problem.a.data(), problem.b.data(), nullptr, problem.c.data());
    const bool ours = TiledMatmul::available() || size[0] == 1 || size[1] == 1;
    EXPECT_LE(test::allocations() - before, ours ? 0 : kRuns * kByOneDnn) << size[0] << " x " << size[1];
  }
}

TEST(Matmul, RefusesImpossibleShapes) {
  EXPECT_THROW(Matmul::make(plain(-1, 2, 2)), std::invalid_argument);
  EXPECT_THROW(Matmul::make(plain(2, 2, 0)), std::invalid_argument);
  MatmulShape shape = plain(4, 5, 6);
  shape.lda = 5;
  EXPECT_THROW(Matmul::make(shape), std::invalid_argument);
  shape.transpose_a = true;
  EXPECT_NO_THROW(Matmul::make(shape));
  shape.ldc = 4;
  EXPECT_THROW(Matmul::make(shape), std::invalid_argument);
  MatmulShape factor = plain(2, 2, 2);
  factor.factor = Factor::value;
  factor.ldf = 2;
  EXPECT_NO_THROW(Matmul::make(factor));
  factor.activation = Activation::relu;
  EXPECT_THROW(Matmul::make(factor), std::invalid_argument);
}

}  // namespace
}  // namespace duet::kernels
