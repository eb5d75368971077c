#pragma once

#include <optional>
#include <string>
#include <vector>

namespace duet::test {

/// A fenced block of a Markdown file: what stands behind the opening fence, and the lines between the fences.
struct Example {
  std::string file;  // from the root of the repository
  int line = 0;      // of the opening fence
  std::vector<std::string> words;
  std::string text;

  std::string place() const { return file + ":" + std::to_string(line); }
  /// What follows `key` and a colon among the words: `fragment:planner`. Nothing if no word begins so.
  std::optional<std::string> option(const std::string& key) const;
};

/// All fenced blocks of `text`; a fence that is not closed is a failure of the test.
std::vector<Example> examples_of(const std::string& file, const std::string& text);

/// What links of the form [words](target) in the prose point at, without those to the web.
std::vector<std::string> links_of(const std::string& text);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace duet::test
