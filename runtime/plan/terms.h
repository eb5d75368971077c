#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/kernels/optimize.h"
#include "runtime/plan/buffer.h"

namespace duet::plan {

/// A value that is a sum over pieces of work: its terms, one array after the other. They are added up when all are
/// there, unless the value's only reader has asked to do so itself while it reads them.
struct Terms {
  Terms(int64_t the_elements, int64_t the_count)
      : elements(the_elements), count(the_count), data(static_cast<size_t>(elements * count)) {}

  kernels::Terms from(int64_t first) const { return {data.data() + first, count, elements}; }

  int64_t elements, count;
  Buffer data;
  bool left = false;                // to the reader
  std::atomic<bool> finite = true;  // all terms; kept of those that are left to the reader
};

}  // namespace duet::plan
