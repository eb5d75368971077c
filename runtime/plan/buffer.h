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

/// A number of floats rounded up to whole cache lines.
size_t whole_lines(size_t floats);

}  // namespace duet::plan
