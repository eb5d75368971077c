#pragma once

#include <cstddef>
#include <memory>

namespace duet::plan {

/// Floats at an address that vector instructions and cache lines like, all zero at first. It never moves.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t floats);

  float* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    size_t bytes;
    void operator()(float* data) const;
  };
  std::unique_ptr<float, Free> data_;
  size_t size_ = 0;
};

/// What an array of so many floats takes within a larger one: whole cache lines, and under the address sanitizer one
/// more, so that whoever reads or writes beyond its end is seen.
size_t room_for(size_t floats);
/// Forbids what lies between the end of such an array and the next one.
void guard(const float* array, size_t floats);

}  // namespace duet::plan
