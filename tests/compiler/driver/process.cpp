#include "tests/compiler/driver/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace duet::test {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Outcome duet(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
             const std::vector<std::string>& before) {
  const Scratch scratch;
  const auto out = scratch.path() / "out", err = scratch.path() / "err";
  std::string command = "cd " + quoted(folder.string()) + " && env";
  for (const std::string& word : before) command += " " + quoted(word);
  command += " " + quoted(std::string(DUET_BUILD) + "/duet");
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " > " + quoted(out.string()) + " 2> " + quoted(err.string()) + " < /dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = read(out);
  outcome.err = read(err);
  return outcome;
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "duet-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;  // a leftover in the folder for temporary files harms nobody
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Scratch::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

}  // namespace duet::test
