#include "runtime/kernels/gather.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "runtime/kernels/copy_row.h"

namespace duet::kernels {

namespace {

/// Throws if one of the indices names no row.
void check_indices(const float* index, int64_t count, int64_t rows) {
  for (int64_t i = 0; i < count; ++i) {
    if (index[i] >= 0 && index[i] < static_cast<float>(rows)) continue;
    throw std::out_of_range("index " + std::to_string(index[i]) + " is not in 0 .. " + std::to_string(rows - 1));
  }
}

}  // namespace

StridedCopy::StridedCopy(std::vector<int64_t> sizes, std::vector<int64_t> in_strides,
                         std::vector<int64_t> out_strides) {
  if (sizes.size() != in_strides.size() || sizes.size() != out_strides.size())
    throw std::invalid_argument("StridedCopy: one stride per dimension");
  std::vector<size_t> order;  // the shortest way through the output last
  for (size_t d = 0; d < sizes.size(); ++d)
    if (sizes[d] != 1) order.push_back(d);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return out_strides[a] > out_strides[b]; });
  for (const size_t d : order) {
    if (!sizes_.empty() && in_strides_.back() == in_strides[d] * sizes[d] &&
        out_strides_.back() == out_strides[d] * sizes[d]) {
      sizes_.back() *= sizes[d];
      in_strides_.back() = in_strides[d];
      out_strides_.back() = out_strides[d];
    } else {
      sizes_.push_back(sizes[d]);
      in_strides_.push_back(in_strides[d]);
      out_strides_.push_back(out_strides[d]);
    }
  }
}

void StridedCopy::run(const float* in, float* out) const {
  if (sizes_.empty()) {
    *out = *in;
  } else if (std::find(sizes_.begin(), sizes_.end(), 0) == sizes_.end()) {
    copy_from(0, in, out);
  }
}

void StridedCopy::copy_from(size_t d, const float* in, float* out) const {
  if (d + 1 == sizes_.size()) {
    if (out_strides_[d] == 1) return copy_row(in, in_strides_[d], out, sizes_[d]);
    for (int64_t i = 0; i < sizes_[d]; ++i) out[i * out_strides_[d]] = in[i * in_strides_[d]];
    return;
  }
  for (int64_t i = 0; i < sizes_[d]; ++i) copy_from(d + 1, in + i * in_strides_[d], out + i * out_strides_[d]);
}

void take_rows(const float* x, int64_t rows, int64_t x_stride, const float* index, int64_t count, int64_t width,
               float* out, int64_t out_stride) {
  check_indices(index, count, rows);
  for (int64_t i = 0; i < count; ++i)
    copy_contiguous(x + static_cast<int64_t>(index[i]) * x_stride, out + i * out_stride, width);
}

void scatter_add_rows(const float* x, int64_t x_stride, const float* index, int64_t count, int64_t width, float* out,
                      int64_t rows, int64_t out_stride) {
  check_indices(index, count, rows);
  for (int64_t i = 0; i < count; ++i) {
    const float* from = x + i * x_stride;
    float* to = out + static_cast<int64_t>(index[i]) * out_stride;
    for (int64_t j = 0; j < width; j += kLanes)
      store_up_to(to + j, load_up_to(to + j, width - j) + load_up_to(from + j, width - j), width - j);
  }
}

}  // namespace duet::kernels
