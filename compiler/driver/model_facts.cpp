#include "compiler/driver/model_facts.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/core/error.h"

extern char** environ;

namespace duet {

namespace {

struct Answer {
  int status = 0;
  std::string text;
};

[[noreturn]] void throw_cannot_start(const std::string& program, int reason) {
  throw Error("E0010", "cannot start " + program + ": " + std::strerror(reason),
              "it is built together with duet and must lie in the same folder");
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
}

/// Runs `program argument` and collects what it prints on its standard output.
Answer ask(const std::string& program, const std::string& argument) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_cannot_start(program, errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::array<char*, 3> arguments = {const_cast<char*>(program.c_str()), const_cast<char*>(argument.c_str()), nullptr};
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Answer answer;
  if (failure == 0) answer.text = read_all(ends[0]);
  ::close(ends[0]);
  if (failure != 0) throw_cannot_start(program, failure);
  while (::waitpid(child, &answer.status, 0) < 0 && errno == EINTR) {
  }
  return answer;
}

ModelFacts facts_of(const Answer& answer, const std::string& mjcf) {
  const auto json = nlohmann::json::parse(answer.text, nullptr, false);
  if (json.is_object() && json.contains("code") && json.contains("message"))
    throw Error(json.value("code", "E0503"), json.value("message", ""), json.value("help", ""));
  if (json.is_discarded() || !WIFEXITED(answer.status) || WEXITSTATUS(answer.status) != 0)
    throw Error("E0503", "the program that reads MJCF models failed on " + mjcf);
  return facts_from_json(json);
}

}  // namespace

FactsSource facts_from_helper(std::filesystem::path programs) {
  return [program = (programs / "duet-model").string()](const std::string& mjcf) {
    return facts_of(ask(program, mjcf), mjcf);
  };
}

}  // namespace duet
