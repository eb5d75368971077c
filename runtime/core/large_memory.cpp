#include "runtime/core/large_memory.h"

#include <sys/mman.h>

#include <new>

#include "runtime/core/sanitizer.h"

namespace duet {

namespace {

constexpr size_t kLine = 64, kHugePage = size_t{1} << 21;

bool is_large(size_t bytes) {
  return bytes >= kHugePage / 8;
}

size_t alignment(size_t bytes) {
  return is_large(bytes) ? kHugePage : kLine;
}

/// Only whole huge pages are backed by them.
size_t room(size_t bytes) {
  return is_large(bytes) ? (bytes + kHugePage - 1) / kHugePage * kHugePage : bytes;
}

}  // namespace

void* allocate_array(size_t bytes) {
  void* array = ::operator new(room(bytes), std::align_val_t(alignment(bytes)));
  // Advice: without huge pages the memory is as good, only slower.
  if (is_large(bytes)) madvise(array, room(bytes), MADV_HUGEPAGE);
  forbid(static_cast<const char*>(array) + bytes, room(bytes) - bytes);
  return array;
}

void free_array(void* array, size_t bytes) {
  ::operator delete(array, std::align_val_t(alignment(bytes)));
}

}  // namespace duet
