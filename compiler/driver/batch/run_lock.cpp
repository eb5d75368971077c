#include "compiler/driver/batch/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/core/error.h"

namespace duet {

std::optional<RunLock> RunLock::take(const std::filesystem::path& file) {
  RunLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (lock.file_ < 0) throw Error("E0701", "cannot write " + file.string() + ": " + std::strerror(errno));
  // On file systems without locks the run folder's own guard is all there is.
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
  return lock;
}

RunLock::RunLock(RunLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

RunLock::~RunLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace duet
