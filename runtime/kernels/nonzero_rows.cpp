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

MatmulShape packed(MatmulShape shape) {
  shape.lda = shape.k;
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

void NonzeroRowsMatmul::run(const float* a, const float* b, float* c) {
  find_rows(a);
  const auto rows = static_cast<int64_t>(rows_.size());
  if (rows == whole_.shape().m) return whole_.run(a, b, nullptr, c);
  pack_rows(a);
  packed_.run_rows(rows, memory_.data(), b, nullptr, c);
  spread_rows(c);
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
void NonzeroRowsMatmul::spread_rows(float* c) const {
  const MatmulShape& s = whole_.shape();
  auto left = static_cast<int64_t>(rows_.size());
  for (int64_t row = s.m - 1; row >= 0; --row) {
    float* const to = c + row * s.ldc;
    if (left == 0 || rows_[static_cast<size_t>(left - 1)] != row) {
      std::fill_n(to, s.n, 0.0f);
    } else if (--left != row) {
      std::copy_n(c + left * s.ldc, s.n, to);
    } else {
      break;  // this row and those above it are where they belong
    }
  }
}

}  // namespace duet::kernels
