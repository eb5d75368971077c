#include "compiler/driver/units.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

TEST(Units, CountsKeepThreeDigits) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(18), "18");
  EXPECT_EQ(short_count(999), "999");
  EXPECT_EQ(short_count(999.7), "1.00 k");
  EXPECT_EQ(short_count(1000), "1.00 k");
  EXPECT_EQ(short_count(12345678), "12.3 M");
  EXPECT_EQ(short_count(999600), "1.00 M");
  EXPECT_EQ(short_count(5.1e9), "5.10 G");
  EXPECT_EQ(short_count(7e15), "7000 T");
}

TEST(Units, BytesAreCountedInPowersOfTwo) {
  EXPECT_EQ(short_bytes(512), "512 B");
  EXPECT_EQ(short_bytes(1024), "1.00 KiB");
  EXPECT_EQ(short_bytes(100 * 1024), "100 KiB");
  EXPECT_EQ(short_bytes(5 * 1024 * 1024), "5.00 MiB");
}

TEST(Units, Alignment) {
  EXPECT_EQ(right_aligned("ab", 4), "  ab");
  EXPECT_EQ(left_aligned("ab", 4), "ab  ");
  EXPECT_EQ(right_aligned("abcde", 4), "abcde");
  EXPECT_EQ(left_aligned("abcde", 4), "abcde");
}

}  // namespace
}  // namespace duet
