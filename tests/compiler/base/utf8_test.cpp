#include "compiler/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace duet {
namespace {

using namespace std::string_literals;

TEST(Utf8, DecodesEveryLength) {
  const std::string text = "aé√𝛽";
  EXPECT_EQ(decode_utf8(text, 0).value, U'a');
  EXPECT_EQ(decode_utf8(text, 1).value, U'é');
  EXPECT_EQ(decode_utf8(text, 3).value, U'√');
  EXPECT_EQ(decode_utf8(text, 6).value, U'𝛽');
  EXPECT_EQ(decode_utf8(text, 6).length, 4u);
  EXPECT_EQ(count_code_points(text), 4u);
}

TEST(Utf8, RejectsWhatIsNotWellFormed) {
  const std::string bad[] = {
      "\x80",              // a continuation without a lead
      "\xC0\xAF",          // overlong '/'
      "\xE0\x80\xAF",      // overlong, three bytes
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xF8\x88\x80\x80",  // no such lead
      "\xE2\x88",          // cut short
      "\xC3(",             // a lead without its continuation
  };
  for (const std::string& text : bad) {
    const CodePoint point = decode_utf8(text, 0);
    EXPECT_FALSE(point.valid) << testing::PrintToString(text);
    EXPECT_EQ(point.length, 1u);
    EXPECT_EQ(point.value, char32_t{0xFFFD});
    EXPECT_EQ(first_bad_byte("ok " + text), 3u);
  }
}

TEST(Utf8, FindsNulAndAcceptsTheLimits) {
  EXPECT_EQ(first_bad_byte("ab\0c"s), 2u);
  EXPECT_EQ(first_bad_byte("\xF4\x8F\xBF\xBF \xEF\xBF\xBD \x7F"), std::string::npos);
  EXPECT_EQ(first_bad_byte(""), std::string::npos);
}

TEST(Utf8, MalformedBytesCountAsOneEach) {
  EXPECT_EQ(count_code_points("a\xFF\xFE"
                              "b"),
            4u);
}

TEST(Utf8, WidthsAreThoseOfATerminal) {
  EXPECT_EQ(display_width(U'a'), 1);
  EXPECT_EQ(display_width(U'σ'), 1);
  EXPECT_EQ(display_width(0x0301), 0);  // combining acute accent
  EXPECT_EQ(display_width(U'機'), 2);
  EXPECT_EQ(display_width(0x1F916), 2);  // robot face
}

}  // namespace
}  // namespace duet
