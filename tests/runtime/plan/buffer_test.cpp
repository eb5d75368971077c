#include "runtime/plan/buffer.h"

#include <gtest/gtest.h>

#include "runtime/core/sanitizer.h"

namespace duet::plan {
namespace {

TEST(Buffer, ArraysInOneTakeWholeCacheLines) {
  const size_t between = kAddressSanitizer ? 16 : 0;
  EXPECT_EQ(room_for(1), 16 + between);
  EXPECT_EQ(room_for(16), 16 + between);
  EXPECT_EQ(room_for(17), 32 + between);
}

TEST(Buffer, GuardedEndsAreForbidden) {
  if (!kAddressSanitizer) GTEST_SKIP() << "a test of builds under the address sanitizer";
  const Buffer buffer(room_for(3) + room_for(16));
  volatile float* const first = buffer.data();
  volatile float* const second = first + room_for(3);
  guard(buffer.data(), 3);
  guard(buffer.data() + room_for(3), 16);
  EXPECT_EQ(first[2] + second[0] + second[15], 0);
  EXPECT_DEATH(first[3] = 1, "AddressSanitizer");
  EXPECT_DEATH(second[-1] = 1, "AddressSanitizer");
  EXPECT_DEATH(second[16] = 1, "AddressSanitizer");
}

}  // namespace
}  // namespace duet::plan
