// Trees, messages and layouts of whole scripts, compared with what was recorded.

#include <gtest/gtest.h>

#include "compiler/base/render.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parser.h"
#include "compiler/syntax/print_ast.h"
#include "tests/compiler/syntax/golden.h"

namespace duet {
namespace {

using test::name_of;

std::filesystem::path beside(std::filesystem::path path, const std::string& extension) {
  return path.replace_extension(extension);
}

TEST(Golden, GoodScriptsGiveTheRecordedTree) {
  std::vector<std::filesystem::path> scripts = test::scripts_in("tests/language/good/syntax");
  ASSERT_GE(scripts.size(), 5u);
  for (const std::filesystem::path& path : scripts) {
    SourceMap sources;
    uint32_t file = sources.add(name_of(path), test::read_file(path));
    Diagnostics diagnostics;
    ast::File tree = parse(sources, file, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render_text(diagnostics, sources);
    test::expect_golden(beside(path, ".ast"), print_ast(tree, sources));
  }
}

TEST(Golden, BadScriptsGiveTheRecordedMessages) {
  std::vector<std::filesystem::path> scripts = test::scripts_in("tests/language/bad/syntax");
  ASSERT_GE(scripts.size(), 10u);
  for (const std::filesystem::path& path : scripts) {
    SourceMap sources;
    uint32_t file = sources.add(path.filename().string(), test::read_file(path));
    Diagnostics diagnostics;
    parse(sources, file, diagnostics);
    EXPECT_TRUE(diagnostics.has_errors()) << name_of(path);
    test::expect_golden(beside(path, ".expected"), render_text(diagnostics, sources));
  }
}

TEST(Golden, LayoutsAreTheRecordedOnes) {
  std::vector<std::filesystem::path> scripts = test::scripts_in("tests/language/fmt");
  ASSERT_GE(scripts.size(), 3u);
  for (const std::filesystem::path& path : scripts) {
    SourceMap sources;
    uint32_t file = sources.add(name_of(path), test::read_file(path));
    Diagnostics diagnostics;
    std::string text = format(sources, file, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render_text(diagnostics, sources);
    test::expect_golden(beside(path, ".formatted"), text);
  }
}

}  // namespace
}  // namespace duet
