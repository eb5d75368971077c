#pragma once

#include <cstddef>
#include <cstdint>

/// What builds under a sanitizer (DUET_SANITIZE in CMakeLists.txt) do beside: they are told of what they cannot see.
#if defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define DUET_ADDRESS_SANITIZER
#endif
#if __has_feature(thread_sanitizer)
#define DUET_THREAD_SANITIZER
#endif
#else
#if defined(__SANITIZE_ADDRESS__)
#define DUET_ADDRESS_SANITIZER
#endif
#if defined(__SANITIZE_THREAD__)
#define DUET_THREAD_SANITIZER
#endif
#endif

#if defined(DUET_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
extern "C" void __asan_loadN(uintptr_t from, size_t bytes);
extern "C" void __asan_storeN(uintptr_t to, size_t bytes);
#elif defined(DUET_THREAD_SANITIZER)
extern "C" void __tsan_read_range(void* from, size_t bytes);
extern "C" void __tsan_write_range(void* to, size_t bytes);
#endif

namespace duet {

/// Which of them is there.
#if defined(DUET_ADDRESS_SANITIZER)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#if defined(DUET_THREAD_SANITIZER)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

/// The address sanitizer reports whoever touches this memory until it is given back: what lies behind an array within
/// a larger piece of memory.
inline void forbid([[maybe_unused]] const void* from, [[maybe_unused]] size_t bytes) {
#if defined(DUET_ADDRESS_SANITIZER)
  ASAN_POISON_MEMORY_REGION(from, bytes);
#endif
}

/// Masked instructions read or write this memory now, which sanitizers do not see by themselves.
__attribute__((always_inline)) inline void announce_read([[maybe_unused]] const void* from,
                                                         [[maybe_unused]] size_t bytes) {
#if defined(DUET_ADDRESS_SANITIZER)
  __asan_loadN(reinterpret_cast<uintptr_t>(from), bytes);
#elif defined(DUET_THREAD_SANITIZER)
  __tsan_read_range(const_cast<void*>(from), bytes);
#endif
}
__attribute__((always_inline)) inline void announce_write([[maybe_unused]] void* to, [[maybe_unused]] size_t bytes) {
#if defined(DUET_ADDRESS_SANITIZER)
  __asan_storeN(reinterpret_cast<uintptr_t>(to), bytes);
#elif defined(DUET_THREAD_SANITIZER)
  __tsan_write_range(to, bytes);
#endif
}

}  // namespace duet
