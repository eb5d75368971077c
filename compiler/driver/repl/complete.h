#pragma once

#include <string>
#include <vector>

namespace duet {

class Session;

/// What the text before the cursor could become.
struct Completion {
  size_t from = 0;                 // where the word being typed begins
  std::vector<std::string> words;  // what could stand there, sorted
  std::string after;               // written after the word if there is only one
};

/// Commands after a colon, robots after `:robot`, scripts after `:load`, members after a dot, else names in scope.
Completion complete(const Session& session, const std::string& before);

}  // namespace duet
