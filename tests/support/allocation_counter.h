#pragma once

#include <cstddef>

namespace duet::test {

/// How often this program has allocated so far: by operator new, which linking this file's source replaces, and by
/// counted_allocation().
long allocations();

/// Memory from the C library, counted, aligned to 64 bytes; free() gives it back. For libraries with an allocator of
/// their own.
void* counted_allocation(std::size_t size);

/// While one lives, what its thread allocates is not counted.
class Uncounted {
 public:
  Uncounted();
  ~Uncounted();
  Uncounted(const Uncounted&) = delete;
};

}  // namespace duet::test
