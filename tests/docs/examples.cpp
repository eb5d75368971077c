#include "tests/docs/examples.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace duet::test {

std::optional<std::string> Example::option(const std::string& key) const {
  for (const std::string& word : words)
    if (word.rfind(key + ":", 0) == 0) return word.substr(key.size() + 1);
  return std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Example> examples_of(const std::string& file, const std::string& text) {
  std::vector<Example> examples;
  bool inside = false;
  int number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (line.rfind("```", 0) != 0) {
      if (inside) examples.back().text += line + "\n";
      continue;
    }
    if (!inside) {
      Example example{file, number, {}, ""};
      std::istringstream words(line.substr(3));
      for (std::string word; words >> word;) example.words.push_back(word);
      examples.push_back(std::move(example));
    }
    inside = !inside;
  }
  EXPECT_FALSE(inside) << file << ": the last fence is not closed";
  return examples;
}

std::vector<std::string> links_of(const std::string& text) {
  static const std::regex link(R"(\]\(([^)\s]+)\))"), code("`[^`]*`");
  std::string prose;
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    if (line.rfind("```", 0) == 0)
      inside = !inside;
    else if (!inside)
      prose += line + "\n";
  }
  prose = std::regex_replace(prose, code, "");
  std::vector<std::string> targets;
  for (std::sregex_iterator at(prose.begin(), prose.end(), link), end; at != end; ++at)
    if (const std::string target = (*at)[1]; target.rfind("http", 0) != 0) targets.push_back(target);
  return targets;
}

}  // namespace duet::test
