#include "tests/resume/run_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace duet::test {

RunProcess::RunProcess(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  std::vector<std::string> words = {std::string(DUET_BUILD) + "/duet"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  const std::string log = (folder / "log").string();
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("cannot start a process");
  if (id_ > 0) return;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (out < 0 || ::chdir(folder.c_str()) != 0) ::_exit(99);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::execv(raw[0], raw.data());
  ::_exit(98);
}

RunProcess::~RunProcess() {
  if (ended_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, &status_, 0);
}

void RunProcess::signal(int number) const {
  if (!ended_) ::kill(id_, number);
}

bool RunProcess::ended() {
  if (!ended_) ended_ = ::waitpid(id_, &status_, WNOHANG) == id_;
  return ended_;
}

int RunProcess::wait() {
  if (!ended_) ended_ = ::waitpid(id_, &status_, 0) == id_;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

}  // namespace duet::test
