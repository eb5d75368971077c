// The command line: exit codes, misspelt words, the two forms of diagnostics.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using test::duet;
using test::Outcome;
using test::Scratch;

constexpr auto kSquare = "function square(x) = x * x\n";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  const Outcome help = duet({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"check", "fmt", "explain", "run", "eval", "profile", "plot", "ops", "repl", "verify"})
    EXPECT_TRUE(contains(help.out, command)) << command;
  EXPECT_EQ(duet({"run", "--help"}).code, 0);
  const Outcome version = duet({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(contains(version.out, "duet 0.")) << version.out;
}

TEST(CommandLine, MisspeltCommandsAndOptionsAreWrongUsage) {
  const Outcome command = duet({"chekc", "x.duet"});
  EXPECT_EQ(command.code, 2);
  EXPECT_TRUE(contains(command.err, "error[E0004]: there is no command `chekc`")) << command.err;
  EXPECT_TRUE(contains(command.err, "did you mean `check`?") || contains(command.err, "did you mean 'check'?"))
      << command.err;
  const Outcome option = duet({"run", "x.duet", "--stpes", "5"});
  EXPECT_EQ(option.code, 2);
  EXPECT_TRUE(contains(option.err, "has no option `--stpes`")) << option.err;
  EXPECT_TRUE(contains(option.err, "--steps")) << option.err;
}

TEST(CommandLine, UnknownEnginesAreWrongUsage) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"run", "x.duet", "--engine", "pln"},
                                                {"run", "--resume", "x", "--engine", "pln"},
                                                {"eval", "x", "--engine", "pln"},
                                                {"render", "./x", "-o", "x.png", "--engine", "pln"}}) {
    const Outcome outcome = duet(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "error[E0011]: there is no engine `pln`")) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "did you mean 'plan'?")) << outcome.err;
  }
}

TEST(CommandLine, WhatIsMissingOrOutOfRangeIsWrongUsage) {
  EXPECT_EQ(duet({}).code, 2);
  EXPECT_EQ(duet({"check"}).code, 2);
  EXPECT_EQ(duet({"explain"}).code, 2);
  EXPECT_EQ(duet({"explain", "x.duet", "--stage", "tipes"}).code, 2);
  EXPECT_EQ(duet({"explain", "--stage", "plan"}).code, 2);
  EXPECT_EQ(duet({"profile", "algorithms/random.duet"}).code, 2) << "without robot";
  EXPECT_EQ(duet({"ops", "no_such_thing"}).code, 2);
  EXPECT_EQ(duet({"--diagnostics=xml", "check", "x.duet"}).code, 2);
}

TEST(CommandLine, CheckIsSilentOnSuccessAndNamesFilesOnRequest) {
  const Scratch scratch;
  scratch.write("a.duet", kSquare);
  const Outcome silent = duet({"check", "a.duet"}, scratch.path());
  EXPECT_EQ(silent.code, 0);
  EXPECT_EQ(silent.out + silent.err, "");
  EXPECT_EQ(duet({"check", "-v", "a.duet"}, scratch.path()).out, "a.duet: ok\n");
}

TEST(CommandLine, FilesThatAreNoScriptsAreReported) {
  const Scratch scratch;
  scratch.write("empty.duet", "");
  scratch.write("comment.duet", "// nothing\n");
  scratch.write("bytes.duet", std::string("\xff\xfe\x00\x01", 4));
  const auto code = [&](const std::string& name, const std::string& expected) {
    const Outcome outcome = duet({"check", name}, scratch.path());
    EXPECT_EQ(outcome.code, 1) << name;
    EXPECT_TRUE(contains(outcome.err, expected)) << outcome.err;
  };
  code("empty.duet", "E0211");
  code("comment.duet", "E0211");
  code("bytes.duet", "E0003");
  code("absent.duet", "E0001");
  code(".", "E0002");
}

TEST(CommandLine, OneOfSeveralAlgorithmsMustBeChosen) {
  const Scratch scratch;
  const std::string loop = "(robot) {\n  memory real(9)\n  loop { interact with uniform(action) into real }\n}\n";
  scratch.write("two.duet", "algorithm first" + loop + "algorithm second" + loop);
  const Outcome open = duet({"explain", "two.duet", "--stage", "graph"}, scratch.path());
  EXPECT_EQ(open.code, 1);
  EXPECT_TRUE(contains(open.err, "E0212") && contains(open.err, "first, second")) << open.err;
  EXPECT_EQ(duet({"explain", "two.duet", "--stage", "graph", "--algorithm", "second"}, scratch.path()).code, 0);
}

TEST(CommandLine, AMisspeltPathGetsANearMatch) {
  const Scratch scratch;
  scratch.write("pendulum.duet", kSquare);
  const Outcome here = duet({"check", "pendulm.duet"}, scratch.path());
  EXPECT_EQ(here.code, 1);
  EXPECT_TRUE(contains(here.err, "`pendulum.duet`")) << here.err;
}

TEST(CommandLine, EveryFileIsCheckedAndTheErrorsAreCounted) {
  const Scratch scratch;
  scratch.write("empty.duet", "");
  scratch.write("good.duet", kSquare);
  const Outcome outcome = duet({"check", "empty.duet", "absent.duet", "good.duet"}, scratch.path());
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "2 errors\n")) << outcome.err;
}

TEST(CommandLine, DiagnosticsAsJson) {
  const Scratch scratch;
  scratch.write("empty.duet", "");
  scratch.write("good.duet", kSquare);
  const auto bad = nlohmann::json::parse(duet({"check", "empty.duet", "--diagnostics=json"}, scratch.path()).err);
  EXPECT_EQ(bad.at("errors"), 1);
  EXPECT_EQ(bad.at("diagnostics").at(0).at("code"), "E0211");
  const auto good = nlohmann::json::parse(duet({"--diagnostics", "json", "check", "good.duet"}, scratch.path()).err);
  EXPECT_EQ(good.at("errors"), 0);
  const Outcome usage = duet({"run", "--stpes", "--diagnostics=json"}, scratch.path());
  EXPECT_EQ(usage.code, 2);
  EXPECT_EQ(nlohmann::json::parse(usage.err).at("diagnostics").at(0).at("code"), "E0004");
}

TEST(CommandLine, FmtRewritesInPlaceAndCheckOnlyLists) {
  const Scratch scratch;
  const auto path = scratch.write("a.duet", "function   square( x )=x*x\n");
  const Outcome check = duet({"fmt", "--check", "a.duet"}, scratch.path());
  EXPECT_EQ(check.code, 1);
  EXPECT_EQ(check.out, "a.duet\n");
  EXPECT_EQ(test::read(path), "function   square( x )=x*x\n");
  EXPECT_EQ(duet({"fmt", "a.duet"}, scratch.path()).code, 0);
  EXPECT_NE(test::read(path), "function   square( x )=x*x\n");
  EXPECT_EQ(duet({"fmt", "--check", "a.duet"}, scratch.path()).code, 0);
  const auto broken = scratch.write("b.duet", "function (\n");
  EXPECT_EQ(duet({"fmt", "b.duet"}, scratch.path()).code, 1);
  EXPECT_EQ(test::read(broken), "function (\n");
}

TEST(CommandLine, CodesAreExplained) {
  const Outcome known = duet({"explain", "--code", "E0312"});
  EXPECT_EQ(known.code, 0);
  EXPECT_TRUE(contains(known.out, "E0312: wrong axes")) << known.out;
  const Outcome unknown = duet({"explain", "--code", "E0999"});
  EXPECT_EQ(unknown.code, 2);
}

TEST(CommandLine, OpsListsBuiltinsAndTheLibrary) {
  const Outcome all = duet({"ops", "--json"});
  ASSERT_EQ(all.code, 0) << all.err;
  bool gaussian = false, library = false;
  std::set<std::string> std_docs;
  for (const auto& row : nlohmann::json::parse(all.out)) {
    EXPECT_FALSE(row.at("doc").get<std::string>().empty()) << row;
    gaussian = gaussian || row.at("name") == "gaussian";
    if (!row.at("kind").get<std::string>().starts_with("std.")) continue;
    library = true;
    EXPECT_TRUE(std_docs.insert(row.at("doc")).second) << "the words of another definition or of its file\n" << row;
  }
  EXPECT_TRUE(gaussian);
  EXPECT_TRUE(library);
  EXPECT_TRUE(contains(duet({"ops", "gaussian"}).out, "gaussian(mean, variance)"));
  EXPECT_TRUE(contains(duet({"ops", "quantile"}).out, "quantile[axis](x, q) "));
  EXPECT_TRUE(contains(duet({"ops", "top_k"}).out, "top_k[axis](x, count, axis = \"best\") "));
  EXPECT_TRUE(contains(duet({"ops", "first"}).out, "var k[k: n] = first(axis) "));
  for (const char* word : {"attribute `", "input x", "inputs x"}) EXPECT_FALSE(contains(all.out, word)) << word;
}

TEST(CommandLine, ThreadsOfARunAndOfABatchPointToEachOther) {
  EXPECT_TRUE(contains(duet({"run", "--help"}).out, "duet batch"));
  EXPECT_TRUE(contains(duet({"batch", "--help"}).out, "duet run"));
}

TEST(CommandLine, MalformedSettingsAreWrongUsage) {
  const Scratch scratch;
  scratch.write("a.duet", "robot r { mjcf \"r.xml\" }\n");
  for (const char* setting : {"lr", "=1", "lr=", "lr=1 +", "lr=let x = 1"}) {
    const Outcome outcome = duet({"explain", "a.duet", "--set", setting}, scratch.path());
    EXPECT_EQ(outcome.code, 2) << setting << "\n" << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "--set")) << outcome.err;
  }
}

TEST(CommandLine, UnknownPassesAreWrongUsage) {
  const Outcome outcome = duet({"explain", "robots/hopper.duet", "--stage", "graph", "--disable-pass", "drop_unsed"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "drop_unused")) << outcome.err;
}

}  // namespace
}  // namespace duet
