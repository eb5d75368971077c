#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace duet {

/// A file that grows at its end and can be cut back to where a checkpoint found it. What is appended reaches the file
/// within about a second of the next append, and at flush(). Errors: E0701 unwritable, E0710 shorter than it should be.
class AppendFile {
 public:
  /// Opens, creating it if need be.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view text);
  void flush();
  /// Flushes, waits until the disk has it, and returns the size of the file in bytes.
  int64_t sync();
  /// Drops everything from byte `size` on.
  void truncate_to(int64_t size);
  /// The size in bytes, with what is not flushed yet.
  int64_t size() const { return size_; }

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
  std::string waiting_;
  std::chrono::steady_clock::time_point flushed_;
};

}  // namespace duet
