// A product whose rows of zeros are left out has the bits of the whole product.
#include "runtime/kernels/nonzero_rows.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include "runtime/core/random.h"
#include "tests/support/allocation_counter.h"

namespace duet::kernels {
namespace {

std::vector<float> normals(int64_t n, uint64_t site) {
  std::vector<float> x(static_cast<size_t>(n));
  fill_normal({1, site, 0}, 0, x);
  return x;
}

/// Rows longer than they are used, in all matrices.
MatmulShape shape_of(int64_t m, int64_t n, int64_t k, bool transpose_b, Factor factor = Factor::none) {
  MatmulShape shape{m, n, k, k + 3, (transpose_b ? k : n) + 2, n + 1};
  shape.transpose_b = transpose_b;
  shape.factor = factor;
  shape.ldf = factor == Factor::none ? 0 : n + 5;
  return shape;
}

/// Of rows: which are zero.
using IsZero = std::function<bool(int64_t row)>;

/// The factors and both products, with what stands between rows, and in C before, chosen so that it would be noticed.
struct Problem {
  Problem(const MatmulShape& s, const IsZero& is_zero)
      : shape(s),
        a(normals(s.m * s.lda, 1)),
        b(normals((s.transpose_b ? s.n : s.k) * s.ldb, 2)),
        f(normals(s.m * s.ldf, 4)) {
    for (int64_t row = 0; row < s.m; ++row)
      for (int64_t i = 0; i < s.k && is_zero(row); ++i) at(row, i) = i % 3 == 0 ? -0.0f : 0.0f;
  }

  float& at(int64_t row, int64_t i) { return a[static_cast<size_t>(row * shape.lda + i)]; }
  std::vector<float> product() const {
    auto c = normals(shape.m * shape.ldc, 3);
    TiledMatmul(shape).run(a.data(), b.data(), f.data(), c.data());
    return c;
  }
  std::vector<float> product(NonzeroRowsMatmul& kernel) const {
    auto c = normals(shape.m * shape.ldc, 3);
    kernel.run(a.data(), b.data(), f.data(), c.data());
    return c;
  }

  MatmulShape shape;
  std::vector<float> a, b, f;
};

void expect_same_bits(const std::vector<float>& x, const std::vector<float>& y) {
  ASSERT_EQ(x.size(), y.size());
  EXPECT_EQ(std::memcmp(x.data(), y.data(), x.size() * sizeof(float)), 0);
}

class NonzeroRows : public testing::Test {
 protected:
  void SetUp() override {
    if (!TiledMatmul::available()) GTEST_SKIP() << "no kernel can leave rows out";
  }
};

const std::vector<std::pair<const char*, IsZero>> kPatterns = {
    {"none", [](int64_t) { return false; }},
    {"all", [](int64_t) { return true; }},
    {"the first", [](int64_t row) { return row == 0; }},
    {"all but the first", [](int64_t row) { return row != 0; }},
    {"all but the last", [](int64_t row) { return row != 29; }},
    {"the later ones", [](int64_t row) { return row >= 11; }},
    {"the earlier ones", [](int64_t row) { return row < 11; }},
    {"every other", [](int64_t row) { return row % 2 == 1; }},
    {"here and there", [](int64_t row) { return row * row % 7 < 3; }},
};

TEST_F(NonzeroRows, GiveTheBitsOfTheWholeProduct) {
  for (const auto& [name, is_zero] : kPatterns)
    for (const int64_t n : {2, 16, 50})
      for (const int64_t k : {1, 16, 37, 300})
        for (const bool transpose_b : {false, true})
          for (const Factor factor : {Factor::none, Factor::value, Factor::positive}) {
            SCOPED_TRACE(testing::Message() << name << ", n " << n << ", k " << k << ", transposed " << transpose_b
                                            << ", factor " << static_cast<int>(factor));
            const Problem problem(shape_of(30, n, k, transpose_b, factor), is_zero);
            NonzeroRowsMatmul kernel(problem.shape);
            expect_same_bits(problem.product(kernel), problem.product());
          }
}

// As between equals, where no row is zero, and the next run has others.
TEST_F(NonzeroRows, AreLookedUpInEachRun) {
  const MatmulShape shape = shape_of(30, 50, 37, true);
  NonzeroRowsMatmul kernel(shape);
  for (const auto& [name, is_zero] : kPatterns) {
    SCOPED_TRACE(name);
    const Problem problem(shape, is_zero);
    expect_same_bits(problem.product(kernel), problem.product());
  }
}

// One element that is not 0, wherever it stands, however small: even what is no number.
TEST_F(NonzeroRows, OneElementCounts) {
  for (const int64_t k : {16, 37})
    for (int64_t i = 0; i < k; ++i)
      for (const float x : {1e-45f, -2.0f, std::numeric_limits<float>::quiet_NaN()}) {
        Problem problem(shape_of(3, 5, k, false), [](int64_t) { return true; });
        problem.at(1, i) = x;
        NonzeroRowsMatmul kernel(problem.shape);
        expect_same_bits(problem.product(kernel), problem.product());
      }
}

TEST_F(NonzeroRows, TakeNoMemoryWhileRunning) {
  const Problem problem(shape_of(30, 50, 37, true), kPatterns.back().second);
  NonzeroRowsMatmul kernel(problem.shape);
  std::vector<float> c(static_cast<size_t>(30 * problem.shape.ldc));
  const long before = test::allocations();
  kernel.run(problem.a.data(), problem.b.data(), nullptr, c.data());
  EXPECT_EQ(test::allocations(), before);
}

TEST_F(NonzeroRows, SuitPlainProductsOnly) {
  const MatmulShape plain = shape_of(30, 50, 37, true);
  EXPECT_TRUE(NonzeroRowsMatmul::suits(plain));
  for (bool MatmulShape::*flag : {&MatmulShape::transpose_a, &MatmulShape::bias, &MatmulShape::accumulate}) {
    MatmulShape other = plain;
    other.*flag = true;
    EXPECT_FALSE(NonzeroRowsMatmul::suits(other));
  }
  MatmulShape activated = plain;
  activated.activation = Activation::relu;
  EXPECT_FALSE(NonzeroRowsMatmul::suits(activated));
  EXPECT_FALSE(NonzeroRowsMatmul::suits(shape_of(1, 50, 37, true)));
}

}  // namespace
}  // namespace duet::kernels
