#include "runtime/plan/buffer.h"

#include <algorithm>

#include "runtime/core/large_memory.h"
#include "runtime/core/sanitizer.h"

namespace duet::plan {

namespace {

constexpr size_t kLine = 64, kFloats = kLine / sizeof(float);

}  // namespace

size_t room_for(size_t floats) {
  return (floats + kFloats - 1) / kFloats * kFloats + (kAddressSanitizer ? kFloats : 0);
}

void guard(const float* array, size_t floats) {
  forbid(array + floats, (room_for(floats) - floats) * sizeof(float));
}

Buffer::Buffer(size_t floats) : size_(floats) {
  if (floats == 0) return;
  data_ = {static_cast<float*>(allocate_array(floats * sizeof(float))), Free{floats * sizeof(float)}};
  std::fill_n(data_.get(), floats, 0.0f);
}

void Buffer::Free::operator()(float* data) const {
  free_array(data, bytes);
}

}  // namespace duet::plan
