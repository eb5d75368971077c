#include "compiler/base/codes.h"

#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <string>

namespace duet {
namespace {

TEST(Codes, TableIsWellFormed) {
  const std::regex shape("E0[0-7][0-9][0-9]");
  std::string previous;
  for (const CodeInfo& info : all_codes()) {
    const std::string code(info.code);
    EXPECT_TRUE(std::regex_match(code, shape)) << code;
    EXPECT_LT(previous, code) << "codes.def is in ascending order, each code once";
    ASSERT_FALSE(info.title.empty()) << code;
    EXPECT_LE(info.title.size(), 72u) << code << ": a title is a few words";
    EXPECT_NE(info.title.back(), '.') << code;
    EXPECT_GE(info.explanation.size(), 60u) << code << ": explain it";
    EXPECT_EQ(info.explanation.find("  "), std::string_view::npos) << code << ": doubled space";
    previous = code;
  }
}

TEST(Codes, FindsByName) {
  ASSERT_NE(find_code("E0001"), nullptr);
  EXPECT_EQ(find_code("E0001")->title, "cannot find file");
  EXPECT_EQ(find_code("e0003"), find_code("E0003"));
  EXPECT_EQ(find_code("E9999"), nullptr);
  EXPECT_EQ(find_code(""), nullptr);
  EXPECT_EQ(find_code("E000"), nullptr);
}

}  // namespace
}  // namespace duet
