// Every fenced block of the documentation is run as its opening fence says:
//   ```duet                        a whole file: `duet check` is silent and `duet fmt --check` content
//   ```duet file:lib.duet          the same, kept under this name for the blocks after it
//   ```duet fragment:planner       part of a file, see templates.h: `duet check` of the whole is silent
//   ```duet error E0301 ...        the same, but the check gives this code and no other
//   ```duet repl hopper            a session at the prompt with this robot: what follows `> ` is entered, the rest is
//   said
//   ```sh                          commands: each command and option of duet, and each target of make, exists
//   ```sh run                      the same, and they are run, one after the other, beside the scripts so far
//   ```text                        not run
// Algorithms are checked with the sizes of the hopper. Anything else behind a fence is a failure.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "compiler/base/codes.h"
#include "tests/compiler/driver/process.h"
#include "tests/docs/examples.h"
#include "tests/docs/templates.h"

namespace duet::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kDocuments = {"README.md",        "docs/language.md", "docs/contributing.md",
                                             "docs/cli.md",      "docs/robots.md",   "docs/engine.md",
                                             "docs/precision.md", "docs/mirrors.md"};

const std::string kGeneralOptions = "--diagnostics";

std::vector<Example> examples(const std::string& document) {
  return examples_of(document, read(fs::path(DUET_ROOT) / document));
}

std::vector<std::string> codes_in(const std::string& text) {
  static const std::regex code(R"(error\[(E[0-9]{4})\])");
  std::vector<std::string> codes;
  for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at) codes.push_back((*at)[1]);
  return codes;
}

/// Writes the script of a block; its name in the folder.
std::string write_script(const Example& example, const Scratch& scratch) {
  const auto kind = example.option("fragment");
  const std::string name = example.option("file").value_or("line_" + std::to_string(example.line) + ".duet");
  scratch.write(name, kind ? whole_script(*kind, example.text) : example.text);
  return name;
}

void expect_code(const Example& example, const Scratch& scratch, const std::string& wanted) {
  const Outcome outcome = duet({"check", "--robot", "hopper", write_script(example, scratch)}, scratch.path());
  const std::vector<std::string> codes = codes_in(outcome.err);
  EXPECT_EQ(outcome.code, 1) << example.place();
  EXPECT_TRUE(!codes.empty() && std::all_of(codes.begin(), codes.end(), [&](const auto& c) { return c == wanted; }))
      << example.place() << " should give " << wanted << " alone:\n"
      << outcome.err;
}

/// What a session says, without what depends on the place: blank lines, excerpts and help are left out.
std::string said(const std::string& text) {
  static const std::regex place(R"(^(entry [0-9]+:[0-9:]+ )?(?=error\[))"),
      excerpt(R"(^ *([0-9]+ \||\| |\|$|= |:::).*)");
  std::string out;
  bool after_error = false;
  for (std::string line : lines_of(text)) {
    line.erase(line.find_last_not_of(' ') + 1);
    if (after_error && std::regex_match(line, excerpt)) continue;
    after_error = line.find("error[") != std::string::npos;
    if (!line.empty()) out += std::regex_replace(line, place, "") + "\n";
  }
  return out;
}

/// Output and errors of a session are compared together.
void run_session(const Example& example, const Scratch& scratch) {
  std::string entered, expected;
  for (const std::string& line : lines_of(example.text))
    (line.rfind("> ", 0) == 0 ? entered += line.substr(2) : expected += line) += "\n";
  const fs::path input = scratch.write("session", entered);
  std::vector<std::string> arguments = {"repl"};
  if (example.words.size() > 2) arguments.insert(arguments.end(), {"--robot", example.words[2]});
  const Outcome outcome =
      duet(arguments, DUET_ROOT, {"sh", "-c", "exec \"$0\" \"$@\" < '" + input.string() + "' 2>&1"});
  EXPECT_EQ(outcome.code, 0) << example.place();
  std::string output = outcome.out;
  if (output.rfind("robot ", 0) == 0) output.erase(0, output.find('\n') + 1);  // what --robot says
  EXPECT_EQ(said(output), said(expected)) << example.place();
}

void check_duet_command(const Example& example, const std::vector<std::string>& words) {
  static std::map<std::string, Outcome> helps;
  const std::string command = words.size() > 1 ? words[1] : "";
  if (command.rfind("-", 0) == 0) return;
  if (!helps.count(command)) helps[command] = duet({command, "--help"});
  const Outcome& help = helps[command];
  EXPECT_EQ(help.code, 0) << example.place() << ": there is no command `duet " << command << "`";
  for (const std::string& word : words) {
    if (word.size() > 1 && word[0] == '-' && !std::isdigit(static_cast<unsigned char>(word[1]))) {
      EXPECT_NE((help.out + kGeneralOptions).find(word.substr(0, word.find('='))), std::string::npos)
          << example.place() << ": `duet " << command << "` has no option " << word;
    }
    if (word.ends_with(".duet") && word.find('/') != std::string::npos) {
      EXPECT_TRUE(fs::exists(fs::path(DUET_ROOT) / word)) << example.place() << ": there is no script " << word;
    }
  }
}

void check_commands(const Example& example) {
  static const std::string makefile = read(fs::path(DUET_ROOT) / "Makefile");
  for (const std::string& line : lines_of(example.text)) {
    std::istringstream in(line.substr(0, line.find(" #")));
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    if (words.empty()) continue;
    if (words[0] == "duet" || words[0] == "build/duet") check_duet_command(example, words);
    if (words[0] == "make" && words.size() > 1) {
      EXPECT_NE(makefile.find("\n" + words[1] + ":"), std::string::npos)
          << example.place() << ": no target " << words[1];
    }
  }
}

/// Runs commands in the folder of the page's scripts, where `algorithms` is that of the repository.
void run_commands(const Example& example, const Scratch& scratch) {
  check_commands(example);
  std::error_code there_already;
  fs::create_directory_symlink(fs::path(DUET_ROOT) / "algorithms", scratch.path() / "algorithms", there_already);
  const Outcome outcome =
      duet({}, scratch.path(), {"PATH=" DUET_BUILD ":/usr/bin:/bin", "sh", "-e", "-c", example.text});
  EXPECT_EQ(outcome.code, 0) << example.place() << "\n" << outcome.out << outcome.err;
}

/// Runs a block; true if its fence says how. Scripts that shall be right are only written, and their names added to
/// `good` and, if they are whole files, to `whole`: they are checked together.
bool run(const Example& example, const Scratch& scratch, std::vector<std::string>& good,
         std::vector<std::string>& whole) {
  if (example.words.empty()) return false;
  const std::string& language = example.words[0];
  if (language == "text") return true;
  if (example.words == std::vector<std::string>{"sh", "run"}) return run_commands(example, scratch), true;
  if (language == "sh") return check_commands(example), true;
  if (language != "duet") return false;
  const std::string how = example.words.size() > 1 ? example.words[1] : "";
  if (how == "repl") return run_session(example, scratch), true;
  if (how == "error" && example.words.size() > 2) return expect_code(example, scratch, example.words[2]), true;
  if (!how.empty() && !example.option("fragment") && !example.option("file")) return false;
  good.push_back(write_script(example, scratch));
  if (!example.option("fragment")) whole.push_back(good.back());
  return true;
}

class DocumentTest : public testing::TestWithParam<std::string> {};

TEST_P(DocumentTest, EveryBlockDoesWhatItSays) {
  const Scratch scratch;
  for (const char* model : {"hopper.xml", "half_cheetah.xml"})
    fs::copy_file(fs::path(DUET_ROOT) / "robots" / model, scratch.path() / model);
  std::vector<std::string> good = {"check", "--robot", "hopper"}, whole = {"fmt", "--check"};
  const size_t no_scripts = good.size(), no_whole = whole.size();
  for (const Example& example : examples(GetParam())) {
    SCOPED_TRACE(example.place());
    EXPECT_TRUE(run(example, scratch, good, whole)) << example.place() << ": the fence does not say how this is tested";
  }
  if (good.size() > no_scripts) {
    const Outcome outcome = duet(good, scratch.path());
    EXPECT_EQ(outcome.code, 0) << GetParam() << "; line_N.duet is the block that begins at line N";
    EXPECT_EQ(outcome.out + outcome.err, "");
  }
  if (whole.size() > no_whole) {
    const Outcome outcome = duet(whole, scratch.path());
    EXPECT_EQ(outcome.code, 0) << GetParam() << ": not laid out as `duet fmt` does: " << outcome.out << outcome.err;
  }
}

TEST_P(DocumentTest, LinksLeadSomewhere) {
  const fs::path document = fs::path(DUET_ROOT) / GetParam();
  for (const std::string& link : links_of(read(document))) {
    const std::string target = link.substr(0, link.find('#'));
    if (target.empty()) continue;
    EXPECT_TRUE(fs::exists(document.parent_path() / target)) << GetParam() << ": " << link;
  }
}

TEST_P(DocumentTest, NamedCodesExist) {
  const std::string text = read(fs::path(DUET_ROOT) / GetParam());
  static const std::regex code("E0[0-9]{3}");
  for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at)
    EXPECT_NE(find_code(at->str()), nullptr) << GetParam() << " names " << at->str();
}

INSTANTIATE_TEST_SUITE_P(All, DocumentTest, testing::ValuesIn(kDocuments), [](const auto& info) {
  return std::regex_replace(info.param, std::regex("[^A-Za-z0-9]"), "_");
});

TEST(Reference, HasExamplesOfEveryKind) {
  std::map<std::string, int> count;
  for (const Example& example : examples("docs/language.md")) {
    ++count[example.words.size() > 1 && !example.option("file") ? example.words[1] : "whole"];
    if (const auto kind = example.option("fragment")) ++count[*kind];
  }
  for (const char* kind : {"whole", "repl", "error", "planner"}) EXPECT_GE(count[kind], 4) << kind;
  for (const char* kind : {"robot", "update", "model", "statements", "functions"}) EXPECT_GE(count[kind], 1) << kind;
}

/// The grammar is the one source of the keywords: what the reference lists as usable names is what the grammar lets be.
TEST(Reference, ListsTheWordsThatStayNames) {
  const std::string grammar = read(fs::path(DUET_ROOT) / "grammar/Duet.g4");
  const size_t begin = grammar.find("\nname\n"), end = grammar.find(';', begin);
  ASSERT_NE(begin, std::string::npos);
  const std::string rule = grammar.substr(begin, end - begin),
                    reference = read(fs::path(DUET_ROOT) / "docs/language.md");
  static const std::regex word("'([a-z]+)'");
  std::set<std::string> names;
  for (std::sregex_iterator at(rule.begin(), rule.end(), word), last; at != last; ++at) names.insert((*at)[1]);
  const size_t listed = reference.find("stay usable as names");
  ASSERT_NE(listed, std::string::npos);
  const std::string paragraph = reference.substr(listed, reference.find("\n\n", listed) - listed);
  std::set<std::string> found;
  static const std::regex quoted("`([a-z]+)`");
  for (std::sregex_iterator at(paragraph.begin(), paragraph.end(), quoted), last; at != last; ++at)
    found.insert((*at)[1]);
  EXPECT_EQ(found, names);
}

TEST(Docs, TheTableOfAlgorithmsIsThatOfTheScripts) {
  const Outcome now = duet({"algorithms", "--markdown"});
  ASSERT_EQ(now.code, 0) << now.err;
  EXPECT_TRUE(now.out == read(fs::path(DUET_ROOT) / "docs/algorithms.md"))
      << "docs/algorithms.md is stale: `make algorithms-page` renews it";
  // One row as it was read by eye from its script, so that the table does not only agree with itself.
  EXPECT_NE(now.out.find("| m_demorl | gaussian within action | elite | kl step size | m ~ agent.act along world, "
                         "v = sigma^2 | ensemble | sac.value |"),
            std::string::npos)
      << now.out;
}

}  // namespace
}  // namespace duet::test
