#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace duet {

/// A program to be started.
struct ChildCommand {
  std::filesystem::path program;
  std::vector<std::string> arguments;  // without the program's own name
  std::filesystem::path log;           // its output is appended there
  std::vector<int> cores;              // it stays on these; empty: on those of this process
  int kept_file = -1;                  // an open file that it keeps open until it ends
};

/// A running program, in a process group of its own so that Ctrl-C at the terminal does not reach it. It gets SIGTERM
/// when this process dies, and when the object goes before the program has ended, which is then waited for.
class ChildProcess {
 public:
  /// Error E0010 if it cannot be started, E0701 if the log cannot be written.
  explicit ChildProcess(const ChildCommand& command);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Asks it to end, once.
  void stop();
  /// Its exit code, or 128 + the signal that killed it; nullopt while it runs.
  std::optional<int> poll();

 private:
  pid_t process_ = -1;
  bool asked_ = false;
};

/// The cores that this process may use.
std::vector<int> allowed_cores();

}  // namespace duet
