// Texts that are no scripts: very deep, very long, or any bytes at all.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "compiler/syntax/format.h"
#include "compiler/syntax/parser.h"
#include "tests/compiler/syntax/golden.h"

namespace duet {
namespace {

std::string times(const std::string& text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

std::vector<std::string> codes(const std::string& text) {
  SourceMap sources;
  Diagnostics diagnostics;
  parse(sources, sources.add("deep", text), diagnostics);
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics.all()) found.push_back(diagnostic.code);
  return found;
}

TEST(Limits, DeepNestingIsOneErrorAndNoCrash) {
  constexpr int kDeep = 20'000;
  const std::vector<std::string> once = {"E0102"};
  std::string f = "function f(x) = ";
  EXPECT_EQ(codes(f + times("(", kDeep)), once);
  EXPECT_EQ(codes(f + times("[", kDeep) + times("]", kDeep)), once);
  EXPECT_EQ(codes(f + "x" + times("(x", kDeep)), once);
  EXPECT_EQ(codes(f + times("- ", kDeep) + "1"), once);
  EXPECT_EQ(codes(f + times("not ", kDeep) + "x"), once);
  EXPECT_EQ(codes(f + times("a^", kDeep) + "1"), once);
  EXPECT_EQ(codes(f + times("1 + ", kDeep) + "1"), once);
  EXPECT_EQ(codes(f + "x" + times(".a", kDeep)), once);
  EXPECT_EQ(codes(f + "x" + times("[0]", kDeep)), once);
  EXPECT_EQ(codes(f + "x" + times(" along y over z", kDeep)), once);
  EXPECT_EQ(codes(f + times("if a then b else ", kDeep) + "1"), once);
  EXPECT_EQ(codes(f + times("if ", kDeep)), once);
  EXPECT_EQ(codes("algorithm f(x) {" + times("loop {", kDeep)), once);
  EXPECT_EQ(codes("algorithm f(x) {\n" + times("loop {\n", kDeep)), once);
}

TEST(Limits, WhatPeopleWriteIsFarFromTheLimits) {
  std::string f = "function f(x) = ";
  EXPECT_TRUE(codes(f + times("(", 190) + "1" + times(")", 190)).empty());
  EXPECT_TRUE(codes(f + times("1 + ", 900) + "1").empty());
  EXPECT_TRUE(codes("algorithm f(x) {" + times("loop {", 100) + times("}", 100) + "}").empty());
}

TEST(Limits, HeightsAddUpOverBrackets) {
  // Each bracket is a chain within the limit; together they are not.
  std::string chain = times("(", 5) + "1" + times(times(" + 1", 400) + ")", 5);
  EXPECT_EQ(codes("function f(x) = " + chain), std::vector<std::string>{"E0102"});
}

TEST(Limits, MutatedScriptsNeverCrash) {
  std::vector<std::filesystem::path> scripts = test::scripts_in("tests/language/good/syntax");
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    std::string text = test::read_file(scripts[random() % scripts.size()]);
    for (int change = 0; change < 4; ++change) {
      size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 20); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 40)); break;
        case 3: text.insert(at, 1, "(){}[]\"'=~,;:.#\xff"[random() % 16]); break;
      }
      if (text.empty()) text = "x";
    }
    SourceMap sources;
    uint32_t file = sources.add("mutated", text);
    Diagnostics diagnostics;
    parse(sources, file, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      EXPECT_LE(diagnostic.place().end, text.size());
      EXPECT_TRUE(diagnostic.place().known());
    }
    Diagnostics again;
    std::string formatted = format(sources, file, again);
    if (again.has_errors()) {
      EXPECT_EQ(formatted, text);
    }
  }
}

TEST(Limits, AHundredLinesTakeMilliseconds) {
  std::string text;
  for (const std::filesystem::path& path : test::scripts_in("tests/language/good/syntax")) text += test::read_file(path);
  size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  ASSERT_GE(lines, 100u);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    SourceMap sources;
    uint32_t file = sources.add("all", text);
    Diagnostics diagnostics;
    auto start = std::chrono::steady_clock::now();
    parse(sources, file, diagnostics);
    auto end = std::chrono::steady_clock::now();
    EXPECT_TRUE(diagnostics.empty());
    best = std::min(best, std::chrono::duration<double, std::milli>(end - start).count());
  }
  // Measured 1.5 ms for 100 lines; ten times that leaves room for a busy machine.
  EXPECT_LT(best * 100 / static_cast<double>(lines), 15.0);
}

}  // namespace
}  // namespace duet
