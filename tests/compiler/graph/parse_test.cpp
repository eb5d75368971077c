#include "compiler/graph/parse.h"

#include "compiler/graph/print.h"
#include "tests/compiler/graph/graph_text.h"

namespace duet {
namespace {

struct Bad {
  const char* name;
  const char* text;
  const char* message;  // how the message starts
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

class ParseBad : public testing::TestWithParam<Bad> {};

TEST_P(ParseBad, SaysWhere) {
  Diagnostics diagnostics;
  const Program program = parse_graph(GetParam().text, diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].code, "E0190");
  EXPECT_EQ(diagnostics.all()[0].message.rfind(GetParam().message, 0), 0u) << diagnostics.all()[0].message;
  EXPECT_TRUE(program.main.nodes.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, ParseBad,
    testing::Values(Bad{"empty", "", "1:1: expected 'main'"}, Bad{"no_brace", "main", "1:5: expected '{'"},
                    Bad{"open", "main {\n  loop() do {\n  }\n", "4:1: expected an operation"},
                    Bad{"no_op", "main {\n  frobnicate()\n}", "2:3: expected an operation"},
                    Bad{"character", "main {\n  exp($)\n}", "2:7: unexpected character"},
                    Bad{"no_type", "main { %0 = exp(%1) }", "1:11: expected ':'"},
                    Bad{"type", "main { %0: float = exp(%1) }", "1:12: a type is"},
                    Bad{"state_number", "state 1 a: real = indices\nmain {}", "1:7: expected number 0"},
                    Bad{"initial", "state 0 a: real = random\nmain {}", "1:19: a state starts as"},
                    Bad{"quote", "robot \"toy\n{", "1:11: text without a closing quote"},
                    Bad{"escape", "robot \"\\q\" {", "1:9: unknown escape"},
                    Bad{"place", "main { loop() @1:2 do {} }", "1:19: not a proper place"},
                    Bad{"value", "main { exp(%alpha) }", "1:18: not a proper value"},
                    Bad{"huge", "main { exp(%2000000000) }", "1:12: the number of this value is out of range"},
                    Bad{"number", "main { loop() count=1e }", "1:23: not a proper number"},
                    Bad{"overflow", "main { loop() count=99999999999999999999 }", "1:41: not a proper whole number"},
                    Bad{"mixed", "main { loop() a=[1, 2.5] }", "1:21: expected a whole number"},
                    Bad{"empty_list", "main { loop() a=[] }", "1:18: expected an element"},
                    Bad{"twice", "main { loop() a=1 a=2 }", "1:19: attribute 'a' is given twice"},
                    Bad{"two_types", "main { %0: real = load() %0: bool = load() }",
                        "1:26: %0 is already another value"},
                    Bad{"wrong_name", "main { %a.0: real = load() yield %b.0 }", "1:34: this value is %a.0"},
                    Bad{"robot", "robot x { wheels 4 } main {}", "1:11: a robot has no entry 'wheels'"},
                    Bad{"after", "main {} main {}", "1:9: nothing may follow main"}),
    [](const testing::TestParamInfo<Bad>& bad) { return bad.param.name; });

TEST(Parse, DeepNestingIsAnErrorAndNotACrash) {
  std::string text = "main {";
  for (int i = 0; i < 100000; ++i) text += " loop() do {";
  Diagnostics diagnostics;
  parse_graph(text, diagnostics);
  EXPECT_EQ(diagnostics.errors(), 1u);
}

TEST(Parse, EveryCutOfTheSampleIsAnError) {
  // The whole ends in "}\n"; whatever is cut off before the last brace must be noticed, without a crash.
  for (size_t length = 0; length + 2 < test::kSample.size(); length += 7) {
    Diagnostics diagnostics;
    parse_graph(test::kSample.substr(0, length), diagnostics);
    EXPECT_EQ(diagnostics.errors(), 1u) << length;
  }
}

TEST(Parse, FreeLayoutCommentsAndShortValues) {
  const Program program =
      test::read("// a comment\nmain { %x.0: real\n= constant() // another\n value=2.0 %1: real = exp(%0) yield %1 }");
  EXPECT_EQ(print(program), "main {\n  %x.0: real = constant() value=2.0\n  %1: real = exp(%x.0)\n  yield %1\n}\n");
}

TEST(Parse, PointsIntoTheSourceMap) {
  Diagnostics diagnostics;
  parse_graph("main {\n  what()\n}", diagnostics, 3);
  EXPECT_EQ(diagnostics.all()[0].place(), (Span{3, 9, 10}));
}

}  // namespace
}  // namespace duet
