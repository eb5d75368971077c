// Whole scripts through `duet check`: those in good/ are accepted in silence, those in bad/ give exactly the recorded
// messages. What is in the folders called syntax is read by tests/compiler/syntax instead.
//
// To record the messages of new or changed scripts, then look at them before committing:
//   DUET_RECORD=1 build/tests/bin/language_test
//
// A script may begin with a comment `// duet check --robot hopper`: further arguments for the command.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "compiler/base/codes.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(DUET_ROOT) / "tests/language";

std::vector<fs::path> scripts(const std::string& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder / folder)) {
    const fs::path path = fs::relative(entry.path(), kFolder);
    const bool is_part = path.filename().string().ends_with(".part.duet");  // only used by another
    if (path.extension() == ".duet" && !is_part && *std::next(path.begin()) != "syntax") found.push_back(path);
  }
  std::sort(found.begin(), found.end());
  return found;
}

test::Outcome check(const fs::path& script) {
  std::vector<std::string> arguments = {"check", script.generic_string()};
  std::istringstream first(test::read(kFolder / script));
  std::string slashes, duet, command, word;
  if (first >> slashes >> duet >> command && slashes == "//" && duet == "duet" && command == "check") {
    std::string rest;
    std::getline(first, rest);
    for (std::istringstream words(rest); words >> word;) arguments.push_back(word);
  }
  // The bundled library is found by its place beside this folder, so that messages hold no absolute path.
  return test::duet(arguments, kFolder, {"DUET_HOME=../.."});
}

bool recording() {
  const char* record = std::getenv("DUET_RECORD");
  return record && std::string(record) == "1";
}

TEST(Language, GoodScriptsAreAcceptedInSilence) {
  for (const fs::path& script : scripts("good")) {
    const test::Outcome outcome = check(script);
    EXPECT_EQ(outcome.code, 0) << script;
    EXPECT_EQ(outcome.out + outcome.err, "") << script;
  }
}

TEST(Language, BundledScriptsAreAcceptedInSilence) {
  size_t count = 0;
  for (const char* folder : {"algorithms", "robots"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(DUET_ROOT) / folder)) {
      if (entry.path().extension() != ".duet") continue;
      const test::Outcome outcome = test::duet({"check", fs::relative(entry.path(), DUET_ROOT).string()});
      EXPECT_EQ(outcome.code, 0) << entry.path();
      EXPECT_EQ(outcome.out + outcome.err, "") << entry.path();
      ++count;
    }
  EXPECT_GE(count, 10u);
}

TEST(Language, BadScriptsGiveTheRecordedMessages) {
  const std::vector<fs::path> all = scripts("bad");
  ASSERT_GE(all.size(), 40u);
  for (const fs::path& script : all) {
    const test::Outcome outcome = check(script);
    EXPECT_EQ(outcome.code, 1) << script;
    EXPECT_EQ(outcome.out, "") << script;
    EXPECT_EQ(outcome.err.find("E0099"), std::string::npos) << script << ": an error in duet itself\n" << outcome.err;
    const fs::path expected = fs::path(kFolder / script).replace_extension(".expected");
    if (recording()) {
      std::ofstream(expected, std::ios::binary) << outcome.err;
    } else {
      EXPECT_EQ(outcome.err, test::read(expected)) << script << "; record it with DUET_RECORD=1 if the change is meant";
    }
  }
}

TEST(Language, NoScriptAppearsAsAFileOutsideTheTree) {
  for (const fs::path& script : scripts("bad")) {
    const std::string text = test::read(fs::path(kFolder / script).replace_extension(".expected"));
    EXPECT_EQ(text.find(DUET_ROOT), std::string::npos) << script << ": an absolute path in a recorded message";
  }
}

/// Codes of the language that no script can show through `duet check`, and why.
const std::set<std::string> kNotByCheck = {
    "E0212", "E0214",  // which algorithm or experiment is run: the command line (tests/compiler/driver)
    "E0503",           // a model that is a folder, or MuJoCo out of memory: tests/runtime/sim
};

TEST(Language, EveryCodeOfTheLanguageHasABadScript) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder / "bad"))
    if (entry.path().extension() == ".expected") all += test::read(entry.path());
  std::string missing;
  for (const CodeInfo& info : all_codes()) {
    const std::string code(info.code);
    if (code < "E0201" || code >= "E0600" || kNotByCheck.count(code)) continue;
    if (all.find("[" + code + "]") == std::string::npos) missing += "\n  " + code + " " + std::string(info.title);
  }
  EXPECT_EQ(missing, "") << "codes without a script in tests/language/bad";
}

}  // namespace
}  // namespace duet
