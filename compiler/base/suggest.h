#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duet {

/// Damerau-Levenshtein distance in bytes: the least number of insertions, deletions, substitutions and swaps of
/// neighbours that turn `a` into `b`.
size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate the user most likely meant by `word`, for "did you mean". At most one mistake is forgiven in words of
/// 2 to 4 letters, two up to 8, three beyond; a difference in case alone always is. Between equals the first wins.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" for nearest(), or an empty string; fits DiagnosticBuilder::help.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace duet
