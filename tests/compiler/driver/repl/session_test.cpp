// Whole sessions: each sessions/NAME.in gives NAME.expected, which DUET_RECORD=1 records anew.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "compiler/driver/repl/repl.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(DUET_ROOT) / "tests/compiler/driver/repl/sessions";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> session_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".in") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct Result {
  int status = 0;
  std::string text;
};

/// Paths in messages are relative to the repository, as for a user who works there.
Result session(const std::string& entries, ReplOptions options = {}) {
  fs::current_path(DUET_ROOT);
  std::istringstream input(entries);
  std::ostringstream output;
  options.paths = {"algorithms", "robots"};
  options.input = &input;
  options.output = &output;
  const int status = run_repl(options);
  return {status, output.str()};
}

class Sessions : public testing::TestWithParam<std::string> {};

TEST_P(Sessions, GiveWhatIsExpected) {
  ReplOptions options;
  options.echo = true;
  const Result result = session(read(kFolder / (GetParam() + ".in")), options);
  const fs::path expected = kFolder / (GetParam() + ".expected");
  if (std::getenv("DUET_RECORD")) std::ofstream(expected, std::ios::binary) << result.text;
  EXPECT_EQ(result.text, read(expected));
  EXPECT_EQ(result.status, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Sessions, testing::ValuesIn(session_names()),
                         [](const auto& info) { return info.param; });

TEST(Draws, FollowTheSeed) {
  const std::string entries = "let x[k: 4] ~ normal()\nx\n";
  ReplOptions other;
  other.seed = 2;
  EXPECT_EQ(session(entries).text, session(entries).text);
  EXPECT_NE(session(entries).text, session(entries, other).text);
}

TEST(Draws, AreNewInEachEntry) {
  const std::string text = session("let x ~ normal()\nlet y ~ normal()\nx == y\n").text;
  EXPECT_EQ(text, "x: real\ny: real\nfalse\n");
}

TEST(Time, IsADuration) {
  const std::string text = session("let x[k: 4] ~ normal()\n:time sum[k](x)\n").text;
  EXPECT_TRUE(std::regex_search(text, std::regex("\n[0-9.e+]+ (us|ms|s) \\(median of [0-9]+ runs"))) << text;
}

TEST(Start, WithScriptAndRobot) {
  ReplOptions options;
  options.file = "algorithms/std/mirrors.duet";
  options.robot = "inverted_pendulum";
  const Result result = session("sum[obs](0 * state)\n", options);
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.text.find("mirror map kl\n"), std::string::npos) << result.text;
  EXPECT_NE(result.text.find("robot inverted_pendulum: obs 4, action 1"), std::string::npos) << result.text;
  EXPECT_EQ(result.text.substr(result.text.size() - 2), "0\n");
}

TEST(Start, FailsWithoutTheScript) {
  ReplOptions options;
  options.file = "algorithms/no_such_script.duet";
  const Result result = session("1 + 1\n", options);
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.text.find("E0001"), std::string::npos) << result.text;
  EXPECT_EQ(result.text.find("2\n"), std::string::npos) << result.text;
}

TEST(Robot, NearNamesAreOffered) {
  const std::string text = session(":robot half_chetah\n1 + 1\n").text;
  EXPECT_NE(text.find("did you mean `half_cheetah`?"), std::string::npos) << text;
  EXPECT_EQ(text.substr(text.size() - 2), "2\n");
}

TEST(Colours, AreInDiagnosticsOnRequest) {
  ReplOptions options;
  options.colours = true;
  EXPECT_NE(session("foo\n", options).text.find("\x1b["), std::string::npos);
  EXPECT_EQ(session("foo\n").text.find("\x1b["), std::string::npos);
}

}  // namespace
}  // namespace duet
