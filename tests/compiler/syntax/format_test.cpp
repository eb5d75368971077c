// Properties of the one layout.

#include "compiler/syntax/format.h"

#include <gtest/gtest.h>

#include "compiler/base/render.h"
#include "compiler/syntax/parser.h"
#include "compiler/syntax/print_ast.h"
#include "tests/compiler/syntax/golden.h"

namespace duet {
namespace {

std::string formatted(const std::string& text) {
  SourceMap sources;
  Diagnostics diagnostics;
  std::string result = format(sources, sources.add("test.duet", text), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << render_text(diagnostics, sources);
  return result;
}

std::string shape(const std::string& text) {
  SourceMap sources;
  Diagnostics diagnostics;
  return print_ast_shape(parse(sources, sources.add("test.duet", text), diagnostics));
}

// Every script of the repository that parses.
std::vector<std::filesystem::path> all_scripts() {
  std::vector<std::filesystem::path> all;
  for (const char* folder : {"algorithms", "robots", "tests/language/good", "tests/language/fmt", "examples"}) {
    for (const auto& path : test::scripts_in(folder)) all.push_back(path);
  }
  return all;
}

std::string squeezed(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c != ' ' && c != '\n') result += c;
  }
  return result;
}

TEST(Format, IsIdempotentAndKeepsTheTree) {
  for (const std::filesystem::path& path : all_scripts()) {
    std::string text = test::read_file(path);
    SourceMap sources;
    Diagnostics diagnostics;
    std::string once = format(sources, sources.add(test::name_of(path), text), diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << render_text(diagnostics, sources);
    EXPECT_EQ(formatted(once), once) << path;
    EXPECT_EQ(shape(once), shape(text)) << path;
  }
}

TEST(Format, ScriptsWithoutAnySpacesOrWithTooManyComeOutTheSame) {
  for (const std::filesystem::path& path : test::scripts_in("tests/language/good/syntax")) {
    std::string text = formatted(test::read_file(path));
    std::string wide;  // every space three times, every line indented
    for (char c : text) wide += c == ' ' ? "   " : c == '\n' ? "  \r\n  " : std::string(1, c);
    std::string again = formatted(wide);
    EXPECT_EQ(shape(again), shape(wide)) << path;
    EXPECT_EQ(squeezed(again), squeezed(text)) << path;
    EXPECT_EQ(formatted(again), again) << path;
  }
}

TEST(Format, OneSpaceWhereAnyBelongs) {
  EXPECT_EQ(formatted("function  f( x ;y=2 )=-x ^ - 2+f ( x,y = 1 ;z=[ 1,2 ] ) [ 0 .. , ..-1,h  in H,H :0]. a\n"),
            "function f(x; y = 2) = -x^-2 + f(x, y = 1; z = [1, 2])[0.., ..-1, h in H, H: 0].a\n");
  EXPECT_EQ(formatted("learner l( ){update(b){}act ( s )~ (s,s)}"), "learner l() { update(b) {} act(s) ~ (s, s) }\n");
  EXPECT_EQ(formatted("planner p(w){act(m+1)*2}"), "planner p(w) { act (m + 1) * 2 }\n");
}

TEST(Format, LinesAreIndentedByWhatIsOpen) {
  EXPECT_EQ(formatted("algorithm a(robot) {\nloop {\n// why\nlet x = f(\na,\n[\nb\n]\n)\n+ 2\n}\n// last\n}\n"),
            "algorithm a(robot) {\n  loop {\n    // why\n    let x = f(\n      a,\n      [\n        b\n      ]\n    )\n"
            "      + 2\n  }\n  // last\n}\n");
}

TEST(Format, BlankLinesAndLineEnds) {
  EXPECT_EQ(formatted("\r\n\r\n// a  \r\n\r\n\r\n\r\nfunction f(x) = x\t \r\n\r\n"), "// a\n\nfunction f(x) = x\n");
  EXPECT_EQ(formatted(""), "");
  EXPECT_EQ(formatted("\n\n"), "");
}

TEST(Format, ColumnsOfTheUserStay) {
  std::string text =
      "robot r {\n"
      "  mjcf    \"a.xml\"\n"
      "  frames  5            // five\n"
      "  observe [qpos, qvel]\n"
      "  reward  v            // paid for\n"
      "    where v = 3\n"
      "  reset   qpos = 0,\n"
      "          qvel = 0\n"
      "}\n";
  EXPECT_EQ(formatted(text), text);
}

TEST(Format, ColumnsGiveWayTogether) {
  EXPECT_EQ(formatted("learner l() {\n  act(s)  = s\n  value(s,a,b) = s\n  f(s)    = s\n}\n"),
            "learner l() {\n  act(s) = s\n  value(s, a, b) = s\n  f(s) = s\n}\n");
  EXPECT_EQ(formatted("learner l() {\n  act(s)      = s\n  value(s,a)  = s\n}\n"),
            "learner l() {\n  act(s)      = s\n  value(s, a) = s\n}\n");
  EXPECT_EQ(formatted("learner l() {\n  act(s)     = s\n  value(s,a) = s\n}\n"),
            "learner l() {\n  act(s)      = s\n  value(s, a) = s\n}\n");
}

TEST(Format, SpacesThatLineNothingUpGo) {
  EXPECT_EQ(formatted("function f(x)   =   x // a\n"), "function f(x) = x  // a\n");
}

TEST(Format, ATrailingCommentGoesOnBelowItself) {
  std::string text = "learner l() {\n  act(s) = s  // one\n              // two\n  // three\n}\n";
  EXPECT_EQ(formatted(text), text);
}

TEST(Format, FilesWithErrorsAreNotTouched) {
  for (std::string text : {"function f(x)   = = 3\n", "robot  r {", "function f(x)  = 3 # no\n"}) {
    SourceMap sources;
    Diagnostics diagnostics;
    EXPECT_EQ(format(sources, sources.add("bad.duet", text), diagnostics), text);
    EXPECT_TRUE(diagnostics.has_errors());
  }
}

}  // namespace
}  // namespace duet
