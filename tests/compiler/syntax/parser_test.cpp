// Places, comments, and what is left of a tree with errors.

#include "compiler/syntax/parser.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compiler/syntax/print_ast.h"

namespace duet {
namespace {

struct Parsed {
  SourceMap sources;
  Diagnostics diagnostics;
  ast::File tree;

  explicit Parsed(const std::string& text) {
    uint32_t file = sources.add("test.duet", text);
    tree = parse(sources, file, diagnostics);
  }
  std::vector<std::string> errors() const {
    std::vector<std::string> lines;
    for (const Diagnostic& d : diagnostics.sorted()) lines.push_back(sources.place(d.place()) + " " + d.code + " " + d.message);
    return lines;
  }
};

using Lines = std::vector<std::string>;

TEST(Parser, AnEmptyFileIsAnEmptyTree) {
  for (const char* text : {"", "\n\n", "// only a comment", "\xEF\xBB\xBF", ";"}) {
    Parsed p(text);
    EXPECT_TRUE(p.diagnostics.empty()) << text;
    EXPECT_TRUE(p.tree.items.empty());
  }
}

TEST(Parser, SpansAreBytesBehindOtherAlphabets) {
  std::string text = "// \u03bb \u2014 \U0001F916\nfunction f(x) = x + y\n";
  Parsed p(text);
  ASSERT_EQ(p.tree.items.size(), 1u);
  EXPECT_EQ(p.sources.text(p.tree.items[0].span), "function f(x) = x + y");
  const auto& function = std::get<ast::Function>(p.tree.items[0].as);
  EXPECT_EQ(p.sources.text(function.method.value->span), "x + y");
  EXPECT_EQ(p.sources.text(function.method.value->children[1]->span), "y");
  EXPECT_EQ(p.sources.text(function.method.value->text_span), "+");
  ASSERT_EQ(p.tree.comments.size(), 1u);
  EXPECT_EQ(p.tree.items[0].doc, "\u03bb \u2014 \U0001F916");
}

TEST(Parser, BytesThatAreNoTextDoNotShiftPlaces) {
  Parsed p("// \xff\xfe\xc3\nfunction f(x) = \xe9 y\n");
  EXPECT_EQ(p.errors(), (Lines{"test.duet:2:17 E0104 this is not UTF-8 text"}));
  ASSERT_EQ(p.tree.items.size(), 1u);
  EXPECT_EQ(p.sources.text(std::get<ast::Function>(p.tree.items[0].as).method.value->span), "y");
}

TEST(Parser, ParenthesesBelongToTheSpan) {
  Parsed p("function f(x) = (a + b) * c\n");
  const auto& value = std::get<ast::Function>(p.tree.items[0].as).method.value;
  EXPECT_EQ(p.sources.text(value->span), "(a + b) * c");
  EXPECT_EQ(p.sources.text(value->children[0]->span), "(a + b)");
}

TEST(Parser, DocumentationIsTheCommentDirectlyAbove) {
  Parsed p("// not this\n\n// one\n//two\nfunction f(x) = x // nor this\nfunction g(x) = x\n"
           "learner l() {\n  // m\n  act(s) = s\n}\n");
  ASSERT_EQ(p.tree.items.size(), 3u);
  EXPECT_EQ(p.tree.items[0].doc, "one\ntwo");
  EXPECT_EQ(p.tree.items[1].doc, "");
  EXPECT_EQ(std::get<ast::Method>(std::get<ast::Module>(p.tree.items[2].as).members[0]).doc, "m");
}

TEST(Parser, WhatIsRightAroundAnErrorIsKept) {
  Parsed p("planner p(w) {\n  theta m[H]\n  rolout x = state; each H: y = x\n  act m[0]\n}\n"
           "function f(x) = = 3\nfunction g(x) = 3\n");
  EXPECT_EQ(p.errors(), (Lines{"test.duet:3:3 E0101 unknown clause `rolout`",
                               "test.duet:6:17 E0101 expected an expression after `=`, found `=`"}));
  ASSERT_EQ(p.tree.items.size(), 2u);
  EXPECT_EQ(std::get<ast::Planner>(p.tree.items[0].as).clauses.size(), 2u);
}

TEST(Parser, ErrorsInEveryLineAreAllFound) {
  Parsed p("algorithm a(robot) {\n  fit 3\n  warm upp 10\n  let x : 3\n  repeat 3x { }\n  track\n}\n");
  EXPECT_EQ(p.errors(), (Lines{"test.duet:2:7 E0101 expected a name, `=`, `+=`, `-=` or `*=` after `fit`, found `3`",
                               "test.duet:3:8 E0101 expected `up`, `=`, `+=`, `-=` or `*=` after `warm`, found `upp`",
                               "test.duet:4:9 E0101 expected `=` or `~` after `x`, found `:`",
                               "test.duet:5:11 E0101 expected `{` after `3`, found `x`",
                               "test.duet:6:8 E0101 expected a name after `track`"}));
}

TEST(Parser, AMissingBraceIsFoundAtTheNextItem) {
  Parsed p("learner a() {\n  update(b) {\n    let x = 3\nlearner b() {\n}\n");
  EXPECT_EQ(p.errors(), (Lines{"test.duet:4:1 E0101 expected `}` before `learner`"}));
  ASSERT_EQ(p.tree.items.size(), 1u);
}

TEST(Parser, JsonHasPlacesAndParts) {
  Parsed p("function f(x) = x + 1\n");
  nlohmann::ordered_json json = ast_json(p.tree, p.sources);
  const auto& function = json["parts"][0];
  EXPECT_EQ(function["kind"], "function");
  EXPECT_EQ(function["text"], "f");
  EXPECT_EQ(function["line"], 1);
  EXPECT_EQ(function["end"], 21);
  EXPECT_EQ(function["parts"][1]["role"], "value");
  EXPECT_EQ(function["parts"][1]["parts"][1]["text"], "1");
}

}  // namespace
}  // namespace duet
