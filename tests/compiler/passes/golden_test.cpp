// Graph text in and out. Each file goldens/PASS/*.graph is the program before the pass, a line of `=`, and the program
// after it. Comments say what the case is about.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/graph/print.h"
#include "compiler/passes/pipeline.h"
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

namespace fs = std::filesystem;

struct Golden {
  std::string pass;
  fs::path file;
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.file.string();
}

std::vector<Golden> goldens() {
  std::vector<Golden> all;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(DUET_ROOT) / "tests/compiler/passes/goldens"))
    if (entry.path().extension() == ".graph")
      all.push_back({entry.path().parent_path().filename().string(), entry.path()});
  std::sort(all.begin(), all.end(), [](const Golden& a, const Golden& b) { return a.file < b.file; });
  return all;
}

std::string load(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class GoldenTest : public testing::TestWithParam<Golden> {};

TEST_P(GoldenTest, GivesTheTextAfterTheLine) {
  const std::string text = load(GetParam().file);
  const size_t line = text.find("\n=====\n");
  ASSERT_NE(line, std::string::npos) << "no line =====";
  Program program = read(text.substr(0, line + 1));
  const Program wanted = read(text.substr(line + 7));
  ASSERT_EQ(joined(verify(program)), "") << "before the pass";
  ASSERT_EQ(joined(verify(wanted)), "") << "the expected program";
  const Pass* pass = find_pass(GetParam().pass);
  ASSERT_NE(pass, nullptr);
  const std::string before = print(program);
  Notes notes;
  EXPECT_EQ(pass->run(program, notes), before != print(wanted)) << "whether it says that it changed something";
  EXPECT_EQ(print(program), print(wanted));
  EXPECT_FALSE(pass->run(program, notes)) << "a second time there is nothing left to do";
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest, testing::ValuesIn(goldens()), [](const testing::TestParamInfo<Golden>& info) {
  return info.param.pass + "_" + info.param.file.stem().string();
});

TEST(Goldens, EveryPassHasSome) {
  for (const std::string& name : pass_names())
    EXPECT_TRUE(fs::exists(fs::path(DUET_ROOT) / "tests/compiler/passes/goldens" / name)) << name;
}

}  // namespace
}  // namespace duet::test
