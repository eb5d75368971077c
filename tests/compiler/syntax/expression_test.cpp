// What binds tighter than what, and what every form of expression becomes.

#include <gtest/gtest.h>

#include "compiler/base/render.h"
#include "compiler/syntax/parser.h"

namespace duet {
namespace {

std::string show(const ast::Expr& expr);

std::string show(const ast::ExprPtr& expr) { return expr ? show(*expr) : ""; }

std::string show(const ast::Selector& selector) {
  if (selector.index) return selector.index->text + " in " + selector.axis->text;
  std::string text = selector.axis ? selector.axis->text + ": " : "";
  return text + show(selector.range.from) + (selector.range.is_range ? ".." : "") + show(selector.range.to);
}

std::string show(const ast::Argument& argument) {
  const char* sign = argument.kind == ast::Argument::Kind::named ? " = " : ": ";
  std::string name = argument.kind == ast::Argument::Kind::positional ? "" : argument.name.text + sign;
  return (argument.keyword ? "; " : "") + name + show(argument.value);
}

template <typename List>
std::string show_all(const List& list) {
  std::string text;
  for (const auto& element : list) text += (text.empty() ? "" : ", ") + show(element);
  return text;
}

// Fully bracketed.
std::string show(const ast::Expr& expr) {
  const auto& c = expr.children;
  switch (expr.kind) {
    case ast::ExprKind::number:
    case ast::ExprKind::name: return expr.text;
    case ast::ExprKind::boolean: return expr.number != 0 ? "true" : "false";
    case ast::ExprKind::string: return "\"" + expr.text + "\"";
    case ast::ExprKind::unary: return "(" + expr.text + " " + show(c[0]) + ")";
    case ast::ExprKind::binary: return "(" + show(c[0]) + " " + expr.text + " " + show(c[1]) + ")";
    case ast::ExprKind::field: return show(c[0]) + "." + expr.text;
    case ast::ExprKind::index: return show(c[0]) + "[" + show_all(expr.selectors) + "]";
    case ast::ExprKind::call: return show(c[0]) + "(" + show_all(expr.arguments) + ")";
    case ast::ExprKind::list: return "[" + show_all(c) + "]";
    case ast::ExprKind::tuple: return "tuple(" + show_all(c) + ")";
    case ast::ExprKind::range: return "(" + show(c[0]) + " .. " + show(c[1]) + ")";
    case ast::ExprKind::conditional: return "(" + show(c[0]) + " ? " + show(c[1]) + " : " + show(c[2]) + ")";
    case ast::ExprKind::along: return "(" + show(c[0]) + " along " + show(c[1]) + " over " + expr.text + ")";
    case ast::ExprKind::where: return show(c[0]) + " where ...";
  }
  return "?";
}

std::string parsed(const std::string& text) {
  SourceMap sources;
  uint32_t file = sources.add("expr", text);
  Diagnostics diagnostics;
  ReplEntry entry = parse_entry(sources, file, diagnostics);
  if (diagnostics.has_errors()) return render_text(diagnostics, sources);
  return entry.expression ? show(*entry.expression) : "no expression";
}

TEST(Expression, PowersBindToTheRightAndTighterThanSigns) {
  EXPECT_EQ(parsed("a^b^c"), "(a ^ (b ^ c))");
  EXPECT_EQ(parsed("-a^2"), "(- (a ^ 2))");
  EXPECT_EQ(parsed("2^-x^3 * y"), "((2 ^ (- (x ^ 3))) * y)");
  EXPECT_EQ(parsed("-a * b"), "((- a) * b)");
  EXPECT_EQ(parsed("a / -b^2^c"), "(a / (- (b ^ (2 ^ c))))");
}

TEST(Expression, OthersBindToTheLeft) {
  EXPECT_EQ(parsed("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(parsed("a / b * c"), "((a / b) * c)");
  EXPECT_EQ(parsed("a + b * c - d"), "((a + (b * c)) - d)");
  EXPECT_EQ(parsed("(a + b) * c"), "((a + b) * c)");
}

TEST(Expression, LogicIsLooserThanComparison) {
  EXPECT_EQ(parsed("a < b + 1 and not c == d or e"), "(((a < (b + 1)) and (not (c == d))) or e)");
  EXPECT_EQ(parsed("not a and b"), "((not a) and b)");
  EXPECT_EQ(parsed("not not a"), "(not (not a))");
  EXPECT_EQ(parsed("(a < b) == c"), "((a < b) == c)");
}

TEST(Expression, AConditionalTakesEverythingToItsRight) {
  EXPECT_EQ(parsed("if a then b else c + d or e"), "(a ? b : ((c + d) or e))");
  EXPECT_EQ(parsed("1 + if a then b else c + d"), "(1 + (a ? b : (c + d)))");
  EXPECT_EQ(parsed("if a then b else if c then d else e"), "(a ? b : (c ? d : e))");
  EXPECT_EQ(parsed("if if a then b else c then d else e"), "((a ? b : c) ? d : e)");
}

TEST(Expression, SuffixesFollowEachOther) {
  EXPECT_EQ(parsed("a.b(c)[0].d"), "a.b(c)[0].d");
  EXPECT_EQ(parsed("min[twin](q(s', a'))"), "min[twin](q(s', a'))");
  EXPECT_EQ(parsed("x[1.., ..-1, 2..n + 1, .., h in H, H: 0, H: 1..]"),
            "x[1.., ..(- 1), 2..(n + 1), .., h in H, H: 0, H: 1..]");
  EXPECT_EQ(parsed("f(a, b = 1, c: 2; d, e = 0..40)"), "f(a, b = 1, c: 2, ; d, ; e = (0 .. 40))");
  EXPECT_EQ(parsed("f()"), "f()");
}

TEST(Expression, CollectionsRangesAndAlong) {
  EXPECT_EQ(parsed("[]"), "[]");
  EXPECT_EQ(parsed("[a, [b]]"), "[a, [b]]");
  EXPECT_EQ(parsed("(a, b)"), "tuple(a, b)");
  EXPECT_EQ(parsed("a + 1..b * 2"), "((a + 1) .. (b * 2))");
  EXPECT_EQ(parsed("f or g along world over H"), "((f or g) along world over H)");
  EXPECT_EQ(parsed("f along w over H along v over K"), "((f along w over H) along v over K)");
}

TEST(Expression, KeywordsOfClausesAreNames) {
  EXPECT_EQ(parsed("step + steps * memory.limit[rollout]"), "(step + (steps * memory.limit[rollout]))");
  EXPECT_EQ(parsed("robot.step(x, u)"), "robot.step(x, u)");
  EXPECT_EQ(parsed("log(start)"), "log(start)");
}

TEST(Expression, ValuesOfLiterals) {
  auto value = [](const std::string& text) {
    SourceMap sources;
    Diagnostics diagnostics;
    ReplEntry entry = parse_entry(sources, sources.add("expr", text), diagnostics);
    return std::pair(entry.expression->number, entry.expression->text);
  };
  EXPECT_EQ(value("1_000_000").first, 1e6);
  EXPECT_EQ(value("2.5e-5").first, 2.5e-5);
  EXPECT_EQ(value("1e3").first, 1000.0);
  EXPECT_EQ(value("true").first, 1.0);
  EXPECT_EQ(value("\"a\\n\\\"b\\\\\"").second, "a\n\"b\\");
}

TEST(Expression, WhatStandsBeforeEqualsMustBeAName) {
  EXPECT_NE(parsed("f(a.b = 3)").find("expected the name of an argument before `=`"), std::string::npos);
  EXPECT_NE(parsed("f((a) = 3)").find("expected the name of an argument"), std::string::npos);
  EXPECT_NE(parsed("x[1: 3]").find("expected a name before `:`"), std::string::npos);
  EXPECT_NE(parsed("x[a.. in H]").find("expected a name before `in`"), std::string::npos);
}

TEST(Expression, ComparisonsDoNotChain) {
  EXPECT_NE(parsed("a < b + 1 < c").find("comparisons do not chain"), std::string::npos);
  EXPECT_EQ(parsed("a < b and b < c"), "((a < b) and (b < c))");
  EXPECT_EQ(parsed("a < f(b < c)"), "(a < f((b < c)))");
}

}  // namespace
}  // namespace duet
