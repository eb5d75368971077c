#pragma once

#include <cstddef>

namespace duet {

/// Memory for arrays: at the start of a cache line, and from 256 KiB on in whole huge pages (2 MiB), where the
/// system gives them. Rows gathered from far apart, and the many arrays of a product, then rarely wait for addresses to
/// be translated. The contents are undefined. std::bad_alloc if there is none.
void* allocate_array(size_t bytes);
/// Gives back what `allocate_array` gave for as many bytes.
void free_array(void* array, size_t bytes);

/// For standard containers.
template <typename T>
struct ArrayAllocator {
  using value_type = T;

  ArrayAllocator() = default;
  template <typename U>
  ArrayAllocator(const ArrayAllocator<U>&) {}

  T* allocate(size_t n) { return static_cast<T*>(allocate_array(n * sizeof(T))); }
  void deallocate(T* array, size_t n) { free_array(array, n * sizeof(T)); }
  bool operator==(const ArrayAllocator&) const { return true; }
};

}  // namespace duet
