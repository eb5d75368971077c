#include "tests/compiler/syntax/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace duet::test {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << "cannot read " << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> scripts_in(const std::string& folder) {
  std::filesystem::path root = std::filesystem::path(DUET_ROOT) / folder;
  std::vector<std::filesystem::path> scripts;
  if (!std::filesystem::exists(root)) return scripts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".duet") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

std::string name_of(const std::filesystem::path& path) {
  return std::filesystem::relative(path, DUET_ROOT).generic_string();
}

void expect_golden(const std::filesystem::path& path, const std::string& actual) {
  const char* record = std::getenv("DUET_RECORD");
  if (record && std::string(record) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(read_file(path), actual) << name_of(path) << " differs; run with DUET_RECORD=1 if the change is meant";
}

}  // namespace duet::test
