#pragma once

#include <filesystem>
#include <optional>

namespace duet {

/// The right to work on one run of a batch. It belongs to the file that is open here, so that a process that inherits
/// the file keeps it, too: a run whose batch was killed is not begun again before it has ended itself.
class RunLock {
 public:
  /// Nullopt if another process has it. Error E0701 if the file cannot be made.
  static std::optional<RunLock> take(const std::filesystem::path& file);

  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

  int file() const { return file_; }

 private:
  explicit RunLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace duet
