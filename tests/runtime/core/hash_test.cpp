#include "runtime/core/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace duet {
namespace {

TEST(Hash, Crc32cKnownAnswers) {
  // The examples of RFC 3720, appendix B.4, and the usual check value.
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(crc32c(bytes_of(std::string(32, '\xff'))), 0x62A8AB43u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Hash, Crc32cByInstructionIsTheOneByTable) {
  std::string text;
  for (int n = 0; n < 200; ++n) {
    EXPECT_EQ(crc32c(bytes_of(text), 77), crc32c_by_table(bytes_of(text), 77)) << n;
    text += static_cast<char>(n * 37);
  }
}

TEST(Hash, Crc32cGoesOnFromAPart) {
  const std::string text = "a checkpoint is written blob by blob";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const uint32_t front = crc32c(bytes_of(std::string_view(text).substr(0, cut)));
    EXPECT_EQ(crc32c(bytes_of(std::string_view(text).substr(cut)), front), crc32c(bytes_of(text)));
  }
}

TEST(Hash, Mix64IsKnownAndWithoutSmallCollisions) {
  EXPECT_EQ(mix64(0), 0xE220A8397B1DCDAFu);  // the first output of SplitMix64 from state 0
  std::set<uint64_t> seen;
  for (uint64_t x = 0; x < 100000; ++x) seen.insert(mix64(x));
  EXPECT_EQ(seen.size(), 100000u);
}

TEST(Hash, TextHashesAreFnv1a) {
  EXPECT_EQ(hash_text(""), 0xCBF29CE484222325u);
  EXPECT_EQ(hash_text("foobar"), 0x85944171F73967E8u);  // from the FNV reference's test vectors
}

}  // namespace
}  // namespace duet
