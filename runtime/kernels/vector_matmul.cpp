#include "runtime/kernels/vector_matmul.h"

#include <algorithm>

#include "runtime/kernels/activation.h"

namespace duet::kernels {

namespace {

/// `vectors` registers of columns of C from column `from` on, the last register of `last` columns. The sum over k is
/// split into interleaved ones, enough to keep both multiply-add units busy, which are added up in order.
template <int vectors>
void one_row_pass(const MatmulShape& shape, const float* a, const float* b, const float* bias, float* c, int64_t from,
                  int64_t last) {
  constexpr int splits = vectors >= 8 ? 1 : 8 / vectors;
  const int64_t step = shape.transpose_a ? shape.lda : 1;
  Floats sum[splits][vectors] = {};
  const auto add_row_of_b = [&](int64_t at, auto split) __attribute__((always_inline)) {
    const float* row = b + at * shape.ldb + from;
    const Floats factor = all(a[at * step]);
    unrolled<vectors>([&](auto v) __attribute__((always_inline)) {
      sum[split][v] += factor * (v + 1 < vectors ? load(row + v * kLanes) : load_up_to(row + v * kLanes, last));
    });
  };
  int64_t at = 0;
  for (; at + splits <= shape.k; at += splits)
    unrolled<splits>([&](auto split) __attribute__((always_inline)) { add_row_of_b(at + split, split); });
  for (; at < shape.k; ++at) add_row_of_b(at, std::integral_constant<int, 0>());
  unrolled<vectors>([&](auto v) __attribute__((always_inline)) {
    const int64_t n = v + 1 < vectors ? kLanes : last, column = from + v * kLanes;
    Floats y = sum[0][v];
    unrolled<splits - 1>([&](auto split) __attribute__((always_inline)) { y += sum[split + 1][v]; });
    if (shape.bias) y += load_up_to(bias + column, n);
    if (shape.accumulate) y += load_up_to(c + column, n);
    store_up_to(c + column, y, n);
  });
}

/// Scalar products of one vector with `rows` rows that are `ld` apart.
template <int rows>
DUET_VECTOR void dot(const float* matrix, int64_t ld, const float* vector, int64_t k, float* out) {
  Floats even[rows] = {}, odd[rows] = {};
  int64_t at = 0;
  for (; at + 2 * kLanes <= k; at += 2 * kLanes) {
    const Floats x = load(vector + at), y = load(vector + at + kLanes);
    unrolled<rows>([&](auto r) __attribute__((always_inline)) {
      even[r] += x * load(matrix + r * ld + at);
      odd[r] += y * load(matrix + r * ld + at + kLanes);
    });
  }
  for (; at < k; at += kLanes) {
    const int64_t n = k - at;
    const Floats x = load_up_to(vector + at, n);
    unrolled<rows>([&](auto r) __attribute__((always_inline)) { even[r] += x * load_up_to(matrix + r * ld + at, n); });
  }
  unrolled<rows>([&](auto r) __attribute__((always_inline)) { out[r] = sum_of_lanes(even[r] + odd[r]); });
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

bool OneRowMatmul::suits(const MatmulShape& shape) {
  return shape.m == 1 && !shape.transpose_b;
}

void OneRowMatmul::run(const float* a, const float* b, const float* bias, float* c, float*) const {
  const MatmulShape& s = shape();
  int64_t at = 0;
  for (; at + 16 * kLanes <= s.n; at += 16 * kLanes) one_row_pass<16>(s, a, b, bias, c, at, kLanes);
  for (; at + 4 * kLanes <= s.n; at += 4 * kLanes) one_row_pass<4>(s, a, b, bias, c, at, kLanes);
  for (; at < s.n; at += kLanes) one_row_pass<1>(s, a, b, bias, c, at, std::min<int64_t>(kLanes, s.n - at));
  if (s.activation == Activation::none) return;
  for (int64_t i = 0; i < s.n; i += kLanes)
    store_up_to(c + i, activate(s.activation, load_up_to(c + i, s.n - i)), s.n - i);
}

bool OneColumnMatmul::suits(const MatmulShape& shape) {
  return shape.n == 1 && shape.transpose_a && !shape.bias && shape.ldc == 1;
}

OneColumnMatmul::OneColumnMatmul(const MatmulShape& s)
    : Matmul(s),
      row_({1, s.m, s.k, s.transpose_b ? 1 : s.ldb, s.lda, s.m, true, false, false, s.accumulate, s.activation}) {}

void OneColumnMatmul::run(const float* a, const float* b, const float*, float* c, float*) const {
  row_.run(b, a, nullptr, c);
}

bool DotMatmul::suits(const MatmulShape& shape) {
  const bool column_lies_still = shape.transpose_b || (shape.n == 1 && shape.ldb == 1);
  return !shape.transpose_a && column_lies_still && (shape.n == 1 || shape.m == 1);
}

void DotMatmul::run(const float* a, const float* b, const float* bias, float* c, float*) const {
  const MatmulShape& s = shape();
  const float* offset = s.bias ? bias : nullptr;
  if (s.n == 1) return dots(s, a, s.m, s.lda, b, {c, s.ldc, offset, 0});
  dots(s, b, s.n, s.ldb, a, {c, 1, offset, 1});
}

}  // namespace duet::kernels
