#include "runtime/kernels/nonzero_rows.h"

#include <algorithm>

#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

/// Whether all is 0 or -0. Looks no further than to the first register that has anything else.
bool all_zero(const float* x, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    const Ints magnitude = bits_of(load_up_to(x + i, n - i)) & 0x7fffffff;
    if (any_lane(magnitude)) return false;
  }
  return true;
}

/// Of rows of A that lie one after the other. The factor comes when their results move to their places.
MatmulShape packed(MatmulShape shape) {
  shape.lda = shape.k;
  shape.factor = Factor::none;
  shape.ldf = 0;
  return shape;
}

}  // namespace

bool NonzeroRowsMatmul::suits(const MatmulShape& s) {
  return TiledMatmul::available() && s.m > 1 && s.n > 1 && !s.transpose_a && !s.bias && !s.accumulate &&
         s.activation == Activation::none;
}

NonzeroRowsMatmul::NonzeroRowsMatmul(const MatmulShape& shape)
    : whole_(shape), packed_(packed(shape)), memory_(static_cast<size_t>(shape.m * shape.k)) {
  rows_.reserve(static_cast<size_t>(shape.m));
}

void NonzeroRowsMatmul::run(const float* a, const float* b, const float* f, float* c) {
  find_rows(a);
  const auto rows = static_cast<int64_t>(rows_.size());
  if (rows == whole_.shape().m) return whole_.run(a, b, f, c);
  pack_rows(a);
  if (rows > 0) packed_.run_rows(rows, memory_.data(), b, nullptr, c, nullptr);
  spread_rows(f, c);
}

void NonzeroRowsMatmul::find_rows(const float* a) {
  const MatmulShape& s = whole_.shape();
  rows_.clear();
  for (int64_t row = 0; row < s.m; ++row)
    if (!all_zero(a + row * s.lda, s.k)) rows_.push_back(row);
}

void NonzeroRowsMatmul::pack_rows(const float* a) {
  const MatmulShape& s = whole_.shape();
  float* to = memory_.data();
  for (const int64_t row : rows_) {
    std::copy_n(a + row * s.lda, s.k, to);
    to += s.k;
  }
}

/// The results, which lie at the top, move down into their rows, the last one first, so that none is written over.
void NonzeroRowsMatmul::spread_rows(const float* f, float* c) const {
  const MatmulShape& s = whole_.shape();
  auto left = static_cast<int64_t>(rows_.size());
  for (int64_t row = s.m - 1; row >= 0; --row) {
    const bool zero = left == 0 || rows_[static_cast<size_t>(left - 1)] != row;
    const float* const product = zero ? nullptr : c + --left * s.ldc;
    finish_row(product, f ? f + row * s.ldf : nullptr, c + row * s.ldc);
  }
}

/// A row of C; without a product one of zeros, to which the factor may give a sign.
void NonzeroRowsMatmul::finish_row(const float* product, const float* f, float* to) const {
  const MatmulShape& s = whole_.shape();
  for (int64_t j = 0; j < s.n; j += kLanes) {
    Floats x = product ? load_up_to(product + j, s.n - j) : Floats{};
    if (s.factor == Factor::value) x *= load_up_to(f + j, s.n - j);
    if (s.factor == Factor::positive) x = load_up_to(f + j, s.n - j) > 0.0f ? x : Floats{};
    store_up_to(to + j, x, s.n - j);
  }
}

}  // namespace duet::kernels
