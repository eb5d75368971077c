#include "runtime/plan/buffer.h"

#include <algorithm>
#include <new>

namespace duet::plan {

namespace {

constexpr size_t kLine = 64, kFloats = kLine / sizeof(float);

}  // namespace

size_t whole_lines(size_t floats) {
  return (floats + kFloats - 1) / kFloats * kFloats;
}

Buffer::Buffer(size_t floats) : size_(floats) {
  if (floats == 0) return;
  data_.reset(static_cast<float*>(::operator new(floats * sizeof(float), std::align_val_t(kLine))));
  std::fill_n(data_.get(), floats, 0.0f);
}

void Buffer::Free::operator()(float* data) const {
  ::operator delete(data, std::align_val_t(kLine));
}

}  // namespace duet::plan
