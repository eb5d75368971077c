#include "compiler/base/render.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace duet {
namespace {

using namespace std::string_literals;

// One source file, one diagnostic, and the places found by the words they mark.
class Render : public testing::Test {
 protected:
  // The span of the `nth` occurrence (from 0) of `word` in the file.
  Span at(std::string_view word, int nth = 0, uint32_t file = 1) const {
    size_t begin = sources_.text(file).find(word);
    for (; nth > 0; --nth) begin = sources_.text(file).find(word, begin + 1);
    EXPECT_NE(begin, std::string_view::npos) << word;
    return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + word.size())};
  }
  std::string text() const { return "\n" + render_text(diagnostics_, sources_, options_); }

  SourceMap sources_;
  Diagnostics diagnostics_;
  RenderOptions options_;
};

TEST_F(Render, WithoutAPlace) {
  diagnostics_.error("E0001", {}, "cannot find file 'a.duet'").help("check the spelling");
  EXPECT_EQ(text(), R"(
error[E0001]: cannot find file 'a.duet'
    = help: check the spelling
)");
}

TEST_F(Render, PrimaryAndSecondaryOnOneLine) {
  sources_.add("reach.duet", "planner p(world) {\n  let y = foo + bar\n}\n");
  diagnostics_.error("E0312", at("foo"), "axes do not agree")
      .here("real[obs]")
      .label(at("bar"), "real[action]")
      .note("axes line up by name")
      .help("sum over one of them");
  EXPECT_EQ(text(), R"(
reach.duet:2:11: error[E0312]: axes do not agree
  2 |   let y = foo + bar
    |           ^^^   --- real[action]
    |           |
    |           real[obs]
    = note: axes line up by name
    = help: sum over one of them
)");
}

TEST_F(Render, ThreeHangingLabels) {
  sources_.add("a.duet", "aa + bb + cc");
  diagnostics_.error("E0312", at("bb"), "m").here("two").label(at("aa"), "one").label(at("cc"), "three");
  EXPECT_EQ(text(), R"(
a.duet:1:6: error[E0312]: m
  1 | aa + bb + cc
    | --   ^^   -- three
    | |    |
    | |    two
    | one
)");
}

TEST_F(Render, NestedAndEqualMarks) {
  sources_.add("a.duet", "f(x + y)");
  diagnostics_.error("E0312", at("x"), "m").here("inner").label(at("f(x + y)"), "outer").label(at("x"), "again");
  EXPECT_EQ(text(), R"(
a.duet:1:3: error[E0312]: m
  1 | f(x + y)
    | --^-----
    | | |
    | | again
    | | inner
    | outer
)");
}

TEST_F(Render, MarksWithoutWords) {
  sources_.add("a.duet", "a + b");
  diagnostics_.warning("E0400", at("b"), "unused").label(at("a"), "");
  EXPECT_EQ(text(), R"(
a.duet:1:5: warning[E0400]: unused
  1 | a + b
    | -   ^
)");
}

TEST_F(Render, FarLinesAreCutAndOneIsShown) {
  std::string source;
  for (int line = 1; line <= 12; ++line) source += "line" + std::to_string(line) + ";\n";
  sources_.add("a.duet", source);
  diagnostics_.note("E0200", at("line12"), "m").label(at("line2"), "first").label(at("line4"), "second");
  EXPECT_EQ(text(), R"(
a.duet:12:1: note[E0200]: m
   2 | line2;
     | ----- first
   3 | line3;
   4 | line4;
     | ----- second
  ...
  12 | line12;
     | ^^^^^^
)");
}

TEST_F(Render, SpanOverLines) {
  sources_.add("a.duet", "x = f(\n  1,\n  2,\n  3\n  )\ny\n");
  diagnostics_.error("E0300", at("f(\n  1,\n  2,\n  3\n  )"), "too many").here("this call");
  EXPECT_EQ(text(), R"(
a.duet:1:5: error[E0300]: too many
  1 | x = f(
    |     ^^
  ...
  5 |   )
    |   ^ this call
)");
}

TEST_F(Render, SpanEndingInALineEndStaysOnItsLine) {
  sources_.add("a.duet", "one\ntwo\n");
  diagnostics_.error("E0300", at("one\n"), "m").here("t");
  EXPECT_EQ(text(), "\na.duet:1:1: error[E0300]: m\n  1 | one\n    | ^^^ t\n");
}

TEST_F(Render, EmptySpanAtTheEndOfTheFile) {
  sources_.add("a.duet", "robot r {");
  diagnostics_.error("E0100", {1, 9, 9}, "expected '}'").here("here");
  EXPECT_EQ(text(), R"(
a.duet:1:10: error[E0100]: expected '}'
  1 | robot r {
    |          ^ here
)");
}

TEST_F(Render, EndOfAFileThatEndsInANewline) {
  sources_.add("a.duet", "x\n");
  diagnostics_.error("E0100", {1, 2, 2}, "m");
  EXPECT_EQ(text(), "\na.duet:2:1: error[E0100]: m\n  2 |\n    | ^\n");
}

TEST_F(Render, SpansOutsideTheFileDoNoHarm) {
  sources_.add("a.duet", "x");
  diagnostics_.error("E0100", {1, 900, 950}, "m").label({1, 5, 2}, "odd").label({7, 0, 1}, "no such file");
  EXPECT_EQ(text(), R"(
a.duet:1:2: error[E0100]: m
  1 | x
    |  ^ odd
    = note: no such file
)");
}

TEST_F(Render, SeveralFiles) {
  sources_.add("lib.duet", "// the library\nlet gamma = 1\n");
  sources_.add("main.duet", "use lib\ngamma + s\n");
  diagnostics_.error("E0210", at("gamma", 0, 2), "name means two things").here("used").label(at("gamma"), "defined");
  EXPECT_EQ(text(), R"(
main.duet:2:1: error[E0210]: name means two things
  2 | gamma + s
    | ^^^^^ used
   ::: lib.duet:2:5
  2 | let gamma = 1
    |     ----- defined
)");
}

TEST_F(Render, TabsAndWideCharacters) {
  sources_.add("a.duet", "\tx\t= 機 + e\u0301 + y");
  diagnostics_.error("E0300", at("y"), "m").label(at("x"), "").label(at("機"), "");
  EXPECT_EQ(text(),
            "\na.duet:1:15: error[E0300]: m\n"
            "  1 |     x   = 機 + e\u0301 + y\n"
            "    |     -     --       ^\n");
}

TEST_F(Render, WindowsLineEndsAndByteOrderMark) {
  sources_.add("a.duet", "\xEF\xBB\xBFone two\r\nthree\r\n");
  diagnostics_.error("E0300", at("two"), "m").label(at("three"), "t");
  EXPECT_EQ(text(), R"(
a.duet:1:5: error[E0300]: m
  1 | one two
    |     ^^^
  2 | three
    | ----- t
)");
}

TEST_F(Render, ControlCharactersNeverReachTheTerminal) {
  sources_.add("a\033.duet", "x\033[2Jy");
  diagnostics_.error("E0101", at("y"), "odd '\033'").here("\a").note("\x07\x9B").help("\xFF");
  EXPECT_EQ(text(),
            "\na\uFFFD.duet:1:6: error[E0101]: odd '\uFFFD'\n"
            "  1 | x\uFFFD[2Jy\n"
            "    |      ^ \uFFFD\n"
            "    = note: \uFFFD\uFFFD\n"
            "    = help: \uFFFD\n");
}

TEST_F(Render, LongLinesAreClippedAroundTheMark) {
  options_.max_columns = 30;
  sources_.add("a.duet", std::string(200, 'a') + " bad " + std::string(200, 'c'));
  diagnostics_.error("E0300", at("bad"), "m").here("t").label(at("aaa"), "far left").label({1, 400, 402}, "");
  EXPECT_EQ(text(), R"(
a.duet:1:202: error[E0300]: m
  1 | ...aaaaaaaaa bad cccccccccc...
    | -            ^^^             -
    | |            |
    | |            t
    | far left
)");
}

TEST_F(Render, LongLinesShowTheirEnds) {
  options_.max_columns = 30;
  sources_.add("a.duet", "first " + std::string(200, '.') + " last");
  diagnostics_.error("E0300", at("first"), "m");
  diagnostics_.error("E0300", at("last"), "m");
  EXPECT_EQ(text(), R"(
a.duet:1:1: error[E0300]: m
  1 | first .....................
    | ^^^^^

a.duet:1:208: error[E0300]: m
  1 | ..................... last
    |                       ^^^^
)");
}

TEST_F(Render, AMarkWiderThanTheWindowIsCut) {
  options_.max_columns = 26;
  sources_.add("a.duet", std::string(300, 'x'));
  diagnostics_.error("E0300", {1, 100, 280}, "m").here("t");
  EXPECT_EQ(text(), R"(
a.duet:1:101: error[E0300]: m
  1 | ...xxxxxxxxxxxxxxxxxxxx...
    |    ^^^^^^^^^^^^^^^^^^^^^^^ t
)");
}

TEST_F(Render, NotesKeepTheirLines) {
  diagnostics_.error("E0001", {}, "m").note("candidates are\n  f(a)\n  g(b)");
  EXPECT_EQ(text(), R"(
error[E0001]: m
    = note: candidates are
              f(a)
              g(b)
)");
}

TEST_F(Render, ManyAreLimited) {
  options_.limit = 1;
  for (const char* message : {"a", "b", "c"}) diagnostics_.error("E0001", {}, message);
  diagnostics_.warning("E0001", {}, "d");
  EXPECT_EQ(text(), "\nerror[E0001]: a\n\n... and 2 more errors, 1 more warning\n");
  EXPECT_EQ(summary(diagnostics_), "3 errors, 1 warning");
}

TEST_F(Render, NothingIsNothing) {
  EXPECT_EQ(render_text(diagnostics_, sources_), "");
  EXPECT_EQ(summary(diagnostics_), "");
}

TEST_F(Render, ColoursOnlyAddEscapes) {
  sources_.add("a.duet", "a + b");
  diagnostics_.error("E0312", at("a"), "m").here("one").label(at("b"), "two").note("n").help("h");
  const std::string plain = text();
  options_.colours = true;
  const std::string coloured = text();
  EXPECT_NE(coloured.find("\033[1;31merror[E0312]:\033[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\033[1;31m^\033[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\033[1;34m-\033[0m"), std::string::npos);
  std::string stripped;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\033')
      i = coloured.find('m', i);
    else
      stripped += coloured[i];
  }
  EXPECT_EQ(stripped, plain);
}

}  // namespace
}  // namespace duet
