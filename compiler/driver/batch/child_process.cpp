#include "compiler/driver/batch/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "runtime/core/error.h"

namespace duet {

namespace {

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

cpu_set_t set_of(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<size_t>(core), &set);
  return set;
}

/// What the new process does before it becomes the program. Only calls that are safe after fork().
[[noreturn]] void become(const ChildCommand& command, char** argv, int log, const cpu_set_t& cores, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(130);  // it died before it could be asked to tell
  if (!command.cores.empty()) ::sched_setaffinity(0, sizeof cores, &cores);
  if (command.kept_file >= 0) ::fcntl(command.kept_file, F_SETFD, 0);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(argv[0], argv);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const ChildCommand& command) {
  std::vector<std::string> words = {command.program.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int log = ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) throw Error("E0701", "cannot write " + command.log.string() + ": " + std::strerror(errno));
  const cpu_set_t cores = set_of(command.cores);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) become(command, argv.data(), log, cores, parent);
  const int reason = errno;
  ::close(log);
  if (process_ < 0) throw Error("E0010", "cannot start " + words[0] + ": " + std::strerror(reason));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), asked_(other.asked_) {}

ChildProcess::~ChildProcess() {
  if (process_ < 0) return;
  stop();
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::stop() {
  if (process_ > 0 && !std::exchange(asked_, true)) ::kill(process_, SIGTERM);
}

std::optional<int> ChildProcess::poll() {
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  process_ = -1;
  return exit_code(status);
}

std::vector<int> allowed_cores() {
  cpu_set_t set;
  std::vector<int> cores;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<size_t>(core), &set)) cores.push_back(core);
  return cores;
}

}  // namespace duet
