#include "compiler/base/suggest.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace duet {
namespace {

size_t cutoff(size_t length) {
  if (length < 2) return 0;
  if (length <= 4) return 1;
  return length <= 8 ? 2 : 3;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<size_t> table((a.size() + 1) * width);
  const auto cell = [&](size_t i, size_t j) -> size_t& { return table[i * width + j]; };
  for (size_t i = 0; i <= a.size(); ++i) cell(i, 0) = i;
  for (size_t j = 0; j <= b.size(); ++j) cell(0, j) = j;

  std::array<size_t, 256> last_row{};  // where each byte was last seen in `a`, counted from 1; 0 is never
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t last_column = 0;  // where a[i - 1] was last seen in this row
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t row = last_row[static_cast<unsigned char>(b[j - 1])];
      const size_t column = last_column;
      const bool equal = a[i - 1] == b[j - 1];
      size_t best = std::min({cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + (equal ? 0 : 1)});
      if (row > 0 && column > 0) best = std::min(best, cell(row - 1, column - 1) + (i - row) + (j - column) - 1);
      cell(i, j) = best;
      if (equal) last_column = j;
    }
    last_row[static_cast<unsigned char>(a[i - 1])] = i;
  }
  return cell(a.size(), b.size());
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  size_t best_distance = cutoff(word.size()) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate == word) continue;
    const bool only_case = lower(candidate) == lower(word);
    const size_t gap = std::max(candidate.size(), word.size()) - std::min(candidate.size(), word.size());
    if (!only_case && gap >= best_distance) continue;
    const size_t distance = only_case ? 0 : edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best ? std::optional(*best) : std::nullopt;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::optional<std::string> match = nearest(word, candidates);
  return match ? "did you mean '" + *match + "'?" : "";
}

}  // namespace duet
