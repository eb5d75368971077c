#include "runtime/core/sanitizer.h"

#include <gtest/gtest.h>

#include <memory>

#include "runtime/core/large_memory.h"

namespace duet {
namespace {

TEST(Sanitizer, SeesWhatMaskedInstructionsTouch) {
  if (!kAddressSanitizer) GTEST_SKIP() << "a test of builds under the address sanitizer";
  const auto array = std::make_unique<float[]>(3);
  announce_read(array.get(), 3 * sizeof(float));
  announce_write(array.get(), 3 * sizeof(float));
  EXPECT_DEATH(announce_read(array.get(), 4 * sizeof(float)), "AddressSanitizer.*\n.*READ");
  EXPECT_DEATH(announce_write(array.get(), 4 * sizeof(float)), "AddressSanitizer.*\n.*WRITE");
}

TEST(Sanitizer, SeesWhoGoesBeyondALargeArray) {
  if (!kAddressSanitizer) GTEST_SKIP() << "a test of builds under the address sanitizer";
  constexpr size_t kBytes = (size_t{1} << 21) + 4;  // of two huge pages
  auto* array = static_cast<volatile char*>(allocate_array(kBytes));
  array[kBytes - 1] = 1;
  EXPECT_DEATH(array[kBytes] = 1, "AddressSanitizer");
  free_array(const_cast<char*>(array), kBytes);
}

}  // namespace
}  // namespace duet
