#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace duet::test {

/// build/duet, started and left to itself, so that it can be stopped at any moment.
class RunProcess {
 public:
  /// Output goes to the file `log` of the folder, which is also the working folder.
  RunProcess(const std::vector<std::string>& arguments, const std::filesystem::path& folder);
  /// Kills it if it still runs.
  ~RunProcess();
  RunProcess(const RunProcess&) = delete;

  void signal(int number) const;
  /// True once it has ended.
  bool ended();
  /// Waits for the end: its exit code, or 128 + the signal that ended it.
  int wait();

 private:
  pid_t id_;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace duet::test
