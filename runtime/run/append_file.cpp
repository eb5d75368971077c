#include "runtime/run/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "runtime/core/error.h"

namespace duet {
namespace {

constexpr auto kFlushPeriod = std::chrono::seconds(1);
constexpr size_t kFlushSize = 1 << 16;

}  // namespace

AppendFile::AppendFile(std::filesystem::path path)
    : path_(std::move(path)), flushed_(std::chrono::steady_clock::now()) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("open");
  const off_t size = ::lseek(descriptor_, 0, SEEK_END);
  size_ = size > 0 ? size : 0;
}

AppendFile::~AppendFile() {
  try {
    flush();
  } catch (const Error& error) {
    // A destructor cannot pass it on; whoever needs the bytes calls flush() or sync() before.
    std::fprintf(stderr, "warning: %s\n", error.what());
  }
  ::close(descriptor_);
}

void AppendFile::fail(const char* what) const {
  throw Error("E0701", "cannot " + std::string(what) + " " + path_.string() + ": " + std::strerror(errno));
}

void AppendFile::append(std::string_view text) {
  waiting_ += text;
  size_ += static_cast<int64_t>(text.size());
  if (waiting_.size() >= kFlushSize || std::chrono::steady_clock::now() - flushed_ >= kFlushPeriod) flush();
}

void AppendFile::flush() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const ssize_t written = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      waiting_.erase(0, done);
      fail("write");
    }
    done += static_cast<size_t>(written);
  }
  waiting_.clear();
  flushed_ = std::chrono::steady_clock::now();
}

int64_t AppendFile::sync() {
  flush();
  // EINVAL: a pipe or a device, which has nothing to wait for.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail("write");
  return size_;
}

void AppendFile::truncate_to(int64_t size) {
  flush();
  if (size > size_) {
    throw Error("E0710",
                path_.string() + " is shorter (" + std::to_string(size_) + " bytes) than the checkpoint says (" +
                    std::to_string(size) + ")",
                "it was changed after the checkpoint; put the file back, or resume from an older checkpoint");
  }
  if (::ftruncate(descriptor_, size) != 0) fail("shorten");
  size_ = size;
}

}  // namespace duet
