// What a user may type at the prompt.

#include <gtest/gtest.h>

#include "compiler/syntax/parser.h"

namespace duet {
namespace {

struct Parsed {
  ReplEntry entry;
  bool wrong;
  std::string message;
};

Parsed parsed(const std::string& text) {
  SourceMap sources;
  Diagnostics diagnostics;
  ReplEntry entry = parse_entry(sources, sources.add("repl", text), diagnostics);
  return {std::move(entry), diagnostics.has_errors(), diagnostics.empty() ? "" : diagnostics.all().front().message};
}

TEST(Repl, ExpressionsStandAlone) {
  for (const char* text : {"x", "1 + 2;", "f(x)\n", "(a, b)", "-x", "a + b where b = 3, c(x) = x", "fit", "log(2)", "[1, 2]"}) {
    Parsed p = parsed(text);
    EXPECT_FALSE(p.wrong) << text << ": " << p.message;
    EXPECT_FALSE(p.entry.incomplete) << text;
    ASSERT_TRUE(p.entry.expression) << text;
  }
}

TEST(Repl, StatementsDeclarationsAndItems) {
  Parsed p = parsed("use std.sac\nlet x = 3; y ~ 4\nz = 5\nlearner agent = sac()\nmemory real(10)\n"
                    "function f(x) = x\nfit world on real");
  EXPECT_TRUE(p.wrong);  // a bare `y ~ 4` is no statement
  EXPECT_EQ(p.message, "expected `=`, `+=`, `-=` or `*=` after `y`, found `~`");
  p = parsed("use std.sac\nlet x = 3; let y ~ 4\nz = 5\nlearner agent = sac()\nmemory real(10)\n"
             "function f(x) = x\nfit world on real");
  EXPECT_FALSE(p.wrong) << p.message;
  EXPECT_EQ(p.entry.uses.size(), 1u);
  EXPECT_EQ(p.entry.statements.statements.size(), 4u);
  EXPECT_EQ(p.entry.instances.size(), 1u);
  EXPECT_EQ(p.entry.memories.size(), 1u);
  EXPECT_EQ(p.entry.items.size(), 1u);
  EXPECT_FALSE(p.entry.expression);
}

TEST(Repl, NothingAtAll) {
  for (const char* text : {"", "  \n", "// a comment\n", ";"}) {
    Parsed p = parsed(text);
    EXPECT_FALSE(p.wrong) << text << ": " << p.message;
    EXPECT_FALSE(p.entry.expression);
    EXPECT_FALSE(p.entry.incomplete);
  }
}

TEST(Repl, TextThatEndsTooEarlyIsIncomplete) {
  for (const char* text : {"let x =", "f(", "[1, 2", "1 +", "planner p(world) {", "planner p(world; H = 5) {\n  theta m[H]\n",
                           "if a then b", "learner", "repeat 3 { let x = (1 +", "use std."}) {
    Parsed p = parsed(text);
    EXPECT_TRUE(p.entry.incomplete) << text;
    EXPECT_TRUE(p.wrong) << text;
  }
}

TEST(Repl, TextThatIsWrongIsNotIncomplete) {
  for (const char* text : {"let 3", "f(x))", "1 + + ", "a b", "let x = \"abc", "planner p(world) { theta 3", "x = = 2"}) {
    Parsed p = parsed(text);
    EXPECT_TRUE(p.wrong) << text;
    EXPECT_FALSE(p.entry.incomplete) << text;
  }
}

}  // namespace
}  // namespace duet
