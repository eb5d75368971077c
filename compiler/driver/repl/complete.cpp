#include "compiler/driver/repl/complete.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "compiler/driver/repl/commands.h"
#include "compiler/driver/repl/session.h"

namespace duet {

namespace {

namespace fs = std::filesystem;

constexpr const char* kKeywords[] = {"algorithm", "evaluate", "experiment", "function", "learner", "let",
                                     "log",       "memory",   "mirror",     "model",    "planner", "repeat",
                                     "robot",     "settings", "use",        "utility"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '\'';
}

void keep_those_with(const std::string& start, Completion& completion) {
  std::erase_if(completion.words, [&](const std::string& word) { return !word.starts_with(start); });
  std::sort(completion.words.begin(), completion.words.end());
  completion.words.erase(std::unique(completion.words.begin(), completion.words.end()), completion.words.end());
}

/// Scripts and folders that `typed` could become.
std::vector<std::string> files(const std::string& typed) {
  const size_t slash = typed.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
  std::vector<std::string> words;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const std::string name = folder + entry.path().filename().string();
    if (entry.is_directory(error))
      words.push_back(name + "/");
    else if (entry.path().extension() == ".duet")
      words.push_back(name);
  }
  return words;
}

std::vector<std::string> everything(const Session& session) {
  std::vector<std::string> words(std::begin(kKeywords), std::end(kKeywords));
  for (const BoundName& name : session.interactive().names()) words.push_back(name.name);
  for (const Axis& axis : session.interactive().axes()) words.push_back(axis.name);
  for (const std::string& name : session.library().names()) words.push_back(name);
  for (const Documentation& builtin : documented_builtins()) words.push_back(builtin.name);
  return words;
}

}  // namespace

Completion complete(const Session& session, const std::string& before) {
  Completion completion;
  const size_t first = before.find_first_not_of(" \t");
  if (first != std::string::npos && before[first] == ':') {
    const size_t space = before.find_first_of(" \t", first);
    if (space == std::string::npos) {
      completion.from = first;
      for (const Command& command : commands()) completion.words.push_back(":" + std::string(command.name));
      completion.after = " ";
      keep_those_with(before.substr(first), completion);
      return completion;
    }
    const std::string command = before.substr(first + 1, space - first - 1);
    if (command == "robot" || command == "load") {
      completion.from = std::min(before.find_first_not_of(" \t", space), before.size());
      const std::string typed = before.substr(completion.from);
      completion.words = command == "robot" ? session.library().robot_names() : files(typed);
      keep_those_with(typed, completion);
      return completion;
    }
  }
  completion.from = before.size();
  while (completion.from > 0 && is_word(before[completion.from - 1])) --completion.from;
  const std::string typed = before.substr(completion.from);
  if (completion.from > 0 && before[completion.from - 1] == '.') {
    size_t owner = completion.from - 1;
    while (owner > 0 && is_word(before[owner - 1])) --owner;
    completion.words = session.interactive().members(before.substr(owner, completion.from - 1 - owner));
  } else if (!typed.empty()) {
    completion.words = everything(session);
  }
  keep_those_with(typed, completion);
  return completion;
}

}  // namespace duet
