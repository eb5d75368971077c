#pragma once

#include <cstdint>

/// Operations along the rows of a contiguous matrix [rows, n]. Outputs overlap no input unless it says so.
namespace duet::kernels {

/// out[r] = the q-quantile of row r, interpolated linearly between the two neighbours of position q (n - 1) of the
/// sorted row; q beyond 0 .. 1 counts as the nearer end, and NaN as larger than all numbers. scratch: n floats.
void quantile(const float* x, int64_t rows, int64_t n, float q, float* out, float* scratch);

/// out [rows, count]: indices of the `count` <= n largest elements of each row, the largest first, of equals the lowest
/// index first; NaN counts as larger than all. scratch: n indices.
void top_k(const float* x, int64_t rows, int64_t n, int64_t count, float* out, int32_t* scratch);
/// The smallest first; NaN counts as larger than all.
void bottom_k(const float* x, int64_t rows, int64_t n, int64_t count, float* out, int32_t* scratch);

/// Running sums of each row from left to right, in double and rounded to float32. `out` may be x.
void cumsum(const float* x, int64_t rows, int64_t n, float* out);

/// (x - mean) / sqrt(variance + 1e-5) along each row (layer normalisation without gains, Ba et al. 2016); mean and
/// variance are added up in double. `out` may be x.
void standardize(const float* x, int64_t rows, int64_t n, float* out);

/// The gradient of `standardize` with respect to x, given dy [rows, n] and the input x: with y the output and s the
/// divisor, dx = (dy - mean(dy) - y mean(dy y)) / s. `dx` may be dy.
void standardize_gradient(const float* x, const float* dy, int64_t rows, int64_t n, float* dx);

/// out[r, j] = the first position of row r of weights [rows, n] whose running sum exceeds u[r, j] * total, u in [0, 1):
/// a draw with probabilities proportional to the weights. Running sums are those of `cumsum`, and rounding
/// never leads past the last position of positive weight. u and out: [rows, m]. scratch: n floats.
void pick_categorical(const float* weights, const float* u, int64_t rows, int64_t n, int64_t m, float* out,
                      float* scratch);

}  // namespace duet::kernels
