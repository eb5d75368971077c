#include "compiler/base/diagnostic.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

std::vector<std::string> messages(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : diagnostics) out.push_back(diagnostic.message);
  return out;
}

TEST(Diagnostics, OneExpressionBuildsAll) {
  Diagnostics diagnostics;
  diagnostics.error("E0312", {1, 4, 6}, "axes do not agree")
      .here("real[obs]")
      .label({1, 0, 2}, "real[action]")
      .note("first")
      .note("second")
      .help("use transpose");
  ASSERT_EQ(diagnostics.all().size(), 1u);
  const Diagnostic& d = diagnostics.all()[0];
  EXPECT_EQ(d.severity, Severity::error);
  EXPECT_EQ(d.code, "E0312");
  EXPECT_EQ(d.message, "axes do not agree");
  EXPECT_EQ(d.place(), (Span{1, 4, 6}));
  ASSERT_EQ(d.labels.size(), 2u);
  EXPECT_TRUE(d.labels[0].primary);
  EXPECT_EQ(d.labels[0].text, "real[obs]");
  EXPECT_FALSE(d.labels[1].primary);
  EXPECT_EQ(d.notes, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(d.help, "use transpose");
}

TEST(Diagnostics, BuilderSurvivesLaterDiagnostics) {
  Diagnostics diagnostics;
  DiagnosticBuilder first = diagnostics.error("E0001", {}, "first");
  for (int i = 0; i < 1000; ++i) diagnostics.warning("E0002", {1, 0, 1}, "other");
  first.note("late");
  EXPECT_EQ(diagnostics.all().front().notes, std::vector<std::string>{"late"});
}

TEST(Diagnostics, WithoutAPlaceWordsBecomeANote) {
  Diagnostics diagnostics;
  diagnostics.error("E0001", {}, "m").here("words").help("").help("do").help("");
  EXPECT_FALSE(diagnostics.all()[0].place().known());
  EXPECT_EQ(diagnostics.all()[0].notes, std::vector<std::string>{"words"});
  EXPECT_EQ(diagnostics.all()[0].help, "do");
}

TEST(Diagnostics, OnlyErrorsAreErrors) {
  Diagnostics diagnostics;
  EXPECT_TRUE(diagnostics.empty());
  diagnostics.warning("E0001", {}, "w");
  diagnostics.note("E0001", {}, "n");
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.errors(), 0u);
  EXPECT_EQ(diagnostics.warnings(), 1u);
  diagnostics.error("E0001", {}, "e");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.errors(), 1u);
  diagnostics.clear();
  EXPECT_TRUE(diagnostics.empty());
}

TEST(Diagnostics, SortsByPlaceThenSeverity) {
  Diagnostics diagnostics;
  diagnostics.error("E0001", {2, 0, 1}, "other file");
  diagnostics.warning("E0001", {1, 9, 10}, "later, warning");
  diagnostics.error("E0001", {1, 9, 10}, "later");
  diagnostics.error("E0001", {1, 3, 5}, "early");
  diagnostics.error("E0001", {}, "nowhere");
  EXPECT_EQ(messages(diagnostics.sorted()),
            (std::vector<std::string>{"nowhere", "early", "later", "later, warning", "other file"}));
}

TEST(Diagnostics, RepetitionsCountOnce) {
  Diagnostics diagnostics;
  for (int i = 0; i < 3; ++i) diagnostics.error("E0001", {1, 3, 5}, "same");
  diagnostics.error("E0002", {1, 3, 5}, "same");     // another code
  diagnostics.error("E0001", {1, 3, 6}, "same");     // another place
  diagnostics.warning("E0001", {1, 3, 5}, "same");   // another severity
  diagnostics.error("E0001", {1, 3, 5}, "another");  // another message
  EXPECT_EQ(diagnostics.sorted().size(), 5u);
  EXPECT_EQ(diagnostics.errors(), 4u);
}

TEST(Diagnostics, SelectionPrefersErrorsAndKeepsTheOrder) {
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 4; ++i) {
    diagnostics.warning("E0001", {1, 2 * i, 2 * i + 1}, "w" + std::to_string(i));
    diagnostics.error("E0001", {1, 2 * i + 1, 2 * i + 2}, "e" + std::to_string(i));
  }
  const Selection five = diagnostics.select(5);
  EXPECT_EQ(messages(five.shown), (std::vector<std::string>{"w0", "e0", "e1", "e2", "e3"}));
  EXPECT_EQ(five.hidden_errors, 0u);
  EXPECT_EQ(five.hidden_warnings, 3u);
  const Selection two = diagnostics.select(2);
  EXPECT_EQ(messages(two.shown), (std::vector<std::string>{"e0", "e1"}));
  EXPECT_EQ(two.hidden_errors, 2u);
  EXPECT_EQ(two.hidden_warnings, 4u);
  EXPECT_EQ(diagnostics.select().shown.size(), 8u);
}

TEST(Diagnostics, AppendTakesAllEvenFromItself) {
  Diagnostics a, b;
  a.error("E0001", {}, "a");
  b.error("E0001", {}, "b");
  a.append(b);
  a.append(a);
  EXPECT_EQ(a.all().size(), 4u);
  EXPECT_EQ(a.errors(), 2u);
}

TEST(Diagnostics, RunTimeErrorsBecomeDiagnostics) {
  Diagnostics diagnostics;
  diagnostics.add(Error("E0601", "NaN in reward", "check the division", Span{1, 2, 8}));
  diagnostics.add(Error("E0701", "disk full"));
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  EXPECT_EQ(sorted[0].code, "E0701");
  EXPECT_TRUE(sorted[0].labels.empty());
  EXPECT_EQ(sorted[1].code, "E0601");
  EXPECT_EQ(sorted[1].message, "NaN in reward");
  EXPECT_EQ(sorted[1].help, "check the division");
  EXPECT_EQ(sorted[1].place(), (Span{1, 2, 8}));
}

}  // namespace
}  // namespace duet
