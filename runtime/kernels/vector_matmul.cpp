#include "runtime/kernels/vector_matmul.h"

#include <algorithm>

#include "runtime/kernels/activation.h"

namespace duet::kernels {

namespace {

/// All lanes, or the first `n` of them.
DUET_VECTOR Floats load_up_to(const float* x, int64_t n) {
  return n >= kLanes ? load(x) : load_part(x, n);
}
DUET_VECTOR void store_up_to(float* to, Floats x, int64_t n) {
  if (n >= kLanes) return store(to, x);
  store_part(to, x, n);
}

/// The columns that one pass works on: `vectors` registers, of which the last may be filled partly.
struct Columns {
  const float* b;
  int64_t ldb;
  int64_t last;  // columns of the last register
};

/// sum[r][v] += the product for `rows` rows of A, whose elements are `row` and `step` apart. The sum is split into
/// `splits` interleaved ones, enough to keep both units busy, which are added up in order.
template <int rows, int vectors, int splits>
DUET_VECTOR void multiply(const float* a, int64_t row, int64_t step, int64_t k, const Columns& columns,
                          Floats (&sum)[rows][vectors]) {
  Floats partial[splits][rows][vectors] = {};
  const auto add_row_of_b = [&](int64_t at, Floats(&into)[rows][vectors]) __attribute__((always_inline)) {
    const float* b = columns.b + at * columns.ldb;
    Floats x[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v)
      x[v] = v + 1 < vectors ? load(b + v * kLanes) : load_up_to(b + v * kLanes, columns.last);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      const Floats factor = all(a[r * row + at * step]);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) into[r][v] += factor * x[v];
    }
  };
  int64_t at = 0;
  for (; at + splits <= k; at += splits) {
#pragma GCC unroll 8
    for (int s = 0; s < splits; ++s) add_row_of_b(at + s, partial[s]);
  }
  for (; at < k; ++at) add_row_of_b(at, partial[0]);
#pragma GCC unroll 4
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      sum[r][v] = partial[0][r][v];
#pragma GCC unroll 8
      for (int s = 1; s < splits; ++s) sum[r][v] += partial[s][r][v];
    }
  }
}

/// `vectors` registers of columns of C, from column `from` on.
template <int rows, int vectors>
void few_rows_pass(const MatmulShape& shape, const float* a, const float* b, const float* bias, float* c, int64_t from,
                   int64_t last) {
  constexpr int splits = std::max(1, 8 / (rows * vectors));
  Floats sum[rows][vectors];
  multiply<rows, vectors, splits>(a, shape.transpose_a ? 1 : shape.lda, shape.transpose_a ? shape.lda : 1, shape.k,
                                  {b + from, shape.ldb, last}, sum);
  for (int r = 0; r < rows; ++r) {
    for (int v = 0; v < vectors; ++v) {
      const int64_t n = v + 1 < vectors ? kLanes : last, column = from + v * kLanes;
      float* to = c + r * shape.ldc + column;
      Floats y = sum[r][v];
      if (shape.bias) y += load_up_to(bias + column, n);
      if (shape.accumulate) y += load_up_to(to, n);
      store_up_to(to, activate(shape.activation, y), n);
    }
  }
}

template <int rows>
void few_rows(const MatmulShape& shape, const float* a, const float* b, const float* bias, float* c) {
  constexpr int wide = rows <= 2 ? 8 : 4;
  int64_t at = 0;
  for (; at + wide * kLanes <= shape.n; at += wide * kLanes)
    few_rows_pass<rows, wide>(shape, a, b, bias, c, at, kLanes);
  for (; at + 2 * kLanes <= shape.n; at += 2 * kLanes) few_rows_pass<rows, 2>(shape, a, b, bias, c, at, kLanes);
  for (; at < shape.n; at += kLanes)
    few_rows_pass<rows, 1>(shape, a, b, bias, c, at, std::min<int64_t>(kLanes, shape.n - at));
}

/// Scalar products of one vector with `rows` rows that are `ld` apart.
template <int rows>
DUET_VECTOR void dot(const float* matrix, int64_t ld, const float* vector, int64_t k, float* out) {
  Floats even[rows] = {}, odd[rows] = {};
  int64_t at = 0;
  for (; at + 2 * kLanes <= k; at += 2 * kLanes) {
    const Floats x = load(vector + at), y = load(vector + at + kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
      even[r] += x * load(matrix + r * ld + at);
      odd[r] += y * load(matrix + r * ld + at + kLanes);
    }
  }
  for (; at < k; at += kLanes) {
    const int64_t n = std::min<int64_t>(kLanes, k - at);
    const Floats x = load_up_to(vector + at, n);
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) even[r] += x * load_up_to(matrix + r * ld + at, n);
  }
  for (int r = 0; r < rows; ++r) out[r] = sum_of_lanes(even[r] + odd[r]);
}

/// A vector of results of scalar products, and where they go.
struct DotTarget {
  float* c;
  int64_t stride;       // between results
  const float* bias;    // null if there is none
  int64_t bias_stride;  // 0: the same for all
};

void finish(const MatmulShape& shape, const float (&sums)[kLanes], const DotTarget& target, int64_t from, int64_t n) {
  float bias[kLanes] = {}, before[kLanes] = {};
  for (int64_t i = 0; target.bias && i < n; ++i) bias[i] = target.bias[(from + i) * target.bias_stride];
  for (int64_t i = 0; shape.accumulate && i < n; ++i) before[i] = target.c[(from + i) * target.stride];
  float result[kLanes];
  store(result, activate(shape.activation, load(sums) + load(bias) + load(before)));
  for (int64_t i = 0; i < n; ++i) target.c[(from + i) * target.stride] = result[i];
}

/// target[j] = the product of row j of the matrix with the vector.
void dots(const MatmulShape& shape, const float* matrix, int64_t rows, int64_t ld, const float* vector,
          const DotTarget& target) {
  for (int64_t from = 0; from < rows; from += kLanes) {
    const int64_t n = std::min<int64_t>(kLanes, rows - from);
    float sums[kLanes] = {};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) dot<4>(matrix + (from + i) * ld, ld, vector, shape.k, sums + i);
    for (; i < n; ++i) dot<1>(matrix + (from + i) * ld, ld, vector, shape.k, sums + i);
    finish(shape, sums, target, from, n);
  }
}

}  // namespace

bool FewRowsMatmul::suits(const MatmulShape& shape) {
  return shape.m <= kMaxRows && !shape.transpose_b;
}

void FewRowsMatmul::run(const float* a, const float* b, const float* bias, float* c) const {
  switch (shape().m) {
    case 1:
      return few_rows<1>(shape(), a, b, bias, c);
    case 2:
      return few_rows<2>(shape(), a, b, bias, c);
    case 3:
      return few_rows<3>(shape(), a, b, bias, c);
    case 4:
      return few_rows<4>(shape(), a, b, bias, c);
    default:
      return;
  }
}

bool DotMatmul::suits(const MatmulShape& shape) {
  const bool column_lies_still = shape.transpose_b || (shape.n == 1 && shape.ldb == 1);
  return !shape.transpose_a && column_lies_still && (shape.n == 1 || shape.m <= FewRowsMatmul::kMaxRows);
}

void DotMatmul::run(const float* a, const float* b, const float* bias, float* c) const {
  const MatmulShape& s = shape();
  const float* offset = s.bias ? bias : nullptr;
  if (s.n == 1) return dots(s, a, s.m, s.lda, b, {c, s.ldc, offset, 0});
  for (int64_t i = 0; i < s.m; ++i) dots(s, b, s.n, s.ldb, a + i * s.lda, {c + i * s.ldc, 1, offset, 1});
}

}  // namespace duet::kernels
