#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace duet {

/// Writes a file so that it is there whole or not at all: into a temporary file beside it (its name ends in ".part"),
/// flushed to the disk, then renamed over `path`. A killed process or a full disk leaves the old file as it was.
/// Every method throws Error E0701 with the system's reason when the disk is full or the place is not writable.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  /// Removes the temporary file if commit() was not reached.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Makes the file appear under its name, and waits until the disk has it.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// The whole file at once. Error E0701.
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Waits until the disk has the entries of a folder (names created, renamed or removed in it). Error E0701.
void sync_folder(const std::filesystem::path& folder);

}  // namespace duet
