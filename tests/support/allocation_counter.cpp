#include "tests/support/allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> count{0};
thread_local int uncounted = 0;
}  // namespace

namespace duet::test {

long allocations() {
  return count.load();
}

void* counted_allocation(std::size_t size) {
  if (uncounted == 0) ++count;
  void* memory = nullptr;  // stays so if there is none
  return posix_memalign(&memory, 64, size) == 0 ? memory : nullptr;
}

Uncounted::Uncounted() {
  ++uncounted;
}

Uncounted::~Uncounted() {
  --uncounted;
}

}  // namespace duet::test

// noinline: a compiler that sees through them takes the pair for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = duet::test::counted_allocation(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return duet::test::counted_allocation(size ? size : 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
