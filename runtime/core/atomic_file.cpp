#include "runtime/core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"

namespace duet {
namespace {

[[noreturn]] void throw_unwritable(const std::filesystem::path& path, const char* what, int reason) {
  std::string help = "choose a place that can be written to";
  if (reason == ENOSPC || reason == EDQUOT)
    help = "free some space, then resume the run: nothing written before is lost";
  throw Error("E0701", "cannot " + std::string(what) + " " + path.string() + ": " + std::strerror(reason), help);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  temporary_ = path_.string() + "." + std::to_string(::getpid()) + ".part";
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw_unwritable(path_, "create", errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) const {
  throw_unwritable(path_, what, errno);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  constexpr size_t kLargest = size_t(1) << 30;  // one call takes at most 2 GiB
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kLargest));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("write");
  const int descriptor = std::exchange(descriptor_, -1);
  // Some file systems report a full disk only here.
  if (::close(descriptor) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary_.c_str());
    throw_unwritable(path_, "write", reason);
  }
  sync_folder(folder_of(path_));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(bytes_of(text));
  file.commit();
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw_unwritable(folder, "open the folder", errno);
  const int result = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // EINVAL: a file system without the notion (some network and FUSE mounts).
  if (result != 0 && reason != EINVAL) throw_unwritable(folder, "write the folder", reason);
}

}  // namespace duet
