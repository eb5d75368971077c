// Every code that appears in the sources is explained in compiler/base/codes.def, and every explained one is used.

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "compiler/base/codes.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

std::set<std::string> codes_in_sources() {
  std::set<std::string> codes;
  const std::regex code("\"(E0[0-9]{3})\"");
  for (const char* folder : {"compiler", "runtime"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(DUET_ROOT) / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
      const std::string text = test::read(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at) codes.insert((*at)[1]);
    }
  return codes;
}

TEST(Codes, EveryUsedOneIsExplained) {
  const std::set<std::string> used = codes_in_sources();
  ASSERT_GT(used.size(), 100u);
  for (const std::string& code : used)
    EXPECT_NE(find_code(code), nullptr) << code << " has no entry in compiler/base/codes.def";
}

TEST(Codes, EveryExplainedOneIsUsed) {
  const std::set<std::string> used = codes_in_sources();
  for (const CodeInfo& info : all_codes())
    EXPECT_TRUE(used.count(std::string(info.code))) << info.code << " is explained but appears nowhere";
}

}  // namespace
}  // namespace duet
