#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Moving elements without changing them.
namespace duet::kernels {

/// A copy of an array of any rank from one set of strides to another.
class StridedCopy {
 public:
  /// Strides are in elements, one per dimension; an input stride of 0 repeats. Throws std::invalid_argument if the
  /// lists differ in length.
  StridedCopy(std::vector<int64_t> sizes, std::vector<int64_t> in_strides, std::vector<int64_t> out_strides);

  /// `in` and `out` do not overlap. Safe to call from several threads at once.
  void run(const float* in, float* out) const;

 private:
  void copy_from(size_t dimension, const float* in, float* out) const;

  std::vector<int64_t> sizes_, in_strides_, out_strides_;  // ordered and merged
};

/// out[i, :] = x[index[i], :] for i < count; rows are `width` long, `x_stride` and `out_stride` elements apart.
/// An index is a number stored as float, cut towards 0, from 0 to below rows; throws std::out_of_range naming the first
/// other one.
void take_rows(const float* x, int64_t rows, int64_t x_stride, const float* index, int64_t count, int64_t width,
               float* out, int64_t out_stride);

/// out[index[i], :] += x[i, :] for i = 0, 1 ... count-1 in that order: the gradient of take_rows. `out` has `rows`
/// rows. Throws likewise, before anything is added.
void scatter_add_rows(const float* x, int64_t x_stride, const float* index, int64_t count, int64_t width, float* out,
                      int64_t rows, int64_t out_stride);

}  // namespace duet::kernels
