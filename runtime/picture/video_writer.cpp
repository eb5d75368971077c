#include "runtime/picture/video_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "runtime/core/error.h"

extern char** environ;

namespace duet {
namespace {

constexpr int kConstantRateFactor = 23;  // x264's own middle between size and quality

std::string number(double x) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.6f", x);
  return text.data();
}

std::vector<std::string> arguments_for(const std::string& out, int width, int height, double rate) {
  return {"ffmpeg", "-hide_banner", "-loglevel", "error", "-y",
          // what comes in
          "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
          std::to_string(width) + "x" + std::to_string(height), "-framerate", number(rate), "-i", "pipe:0",
          // what goes out
          "-an", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf",
          std::to_string(kConstantRateFactor), "-movflags", "+faststart", "-f", "mp4", "file:" + out};
}

Error cannot_start(const std::string& reason) {
  return Error("E0622", "cannot start ffmpeg, which makes films: " + reason,
               "on Debian, `apt-get install ffmpeg`; a name that ends in .png gives pictures without it");
}

/// Starts ffmpeg with these files as its standard input, output and error. Throws Error E0622.
pid_t spawn(const std::vector<std::string>& arguments, int input, int errors) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t process = -1;
  const int failure = ::posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw cannot_start(std::strerror(failure));
  return process;
}

}  // namespace

VideoWriter::VideoWriter(std::filesystem::path path, int width, int height, double rate)
    : path_(std::move(path)), temporary_(path_.string() + ".part"), width_(width), height_(height) {
  if (width <= 0 || height <= 0 || !(rate > 0)) throw std::invalid_argument("VideoWriter: no size or no rate");
  start(rate);
}

VideoWriter::~VideoWriter() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    wait();
    ::unlink(temporary_.c_str());
  }
  close_input();
  if (errors_ >= 0) ::close(errors_);
}

void VideoWriter::start(double rate) {
  // A socket, since writing to it can be told not to raise SIGPIPE when ffmpeg has ended.
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw cannot_start(std::strerror(errno));
  input_ = ends[0];
  errors_ = ::memfd_create("ffmpeg", MFD_CLOEXEC);
  try {
    if (errors_ < 0) throw cannot_start(std::strerror(errno));
    process_ = spawn(arguments_for(temporary_, width_, height_, rate), ends[1], errors_);
  } catch (const Error&) {
    ::close(ends[1]);
    close_input();
    if (errors_ >= 0) ::close(errors_);
    throw;
  }
  ::close(ends[1]);
}

void VideoWriter::add(const Image& picture) {
  if (picture.width != width_ || picture.height != height_ || picture.rgb.size() != 3 * picture.pixels())
    throw std::invalid_argument("VideoWriter: a picture of another size");
  if (input_ < 0) throw std::logic_error("VideoWriter: the film has ended");
  const uint8_t* next = picture.rgb.data();
  for (std::size_t left = picture.rgb.size(); left > 0;) {
    const ssize_t sent = ::send(input_, next, left, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail();
    next += sent;
    left -= static_cast<std::size_t>(sent);
  }
}

void VideoWriter::finish() {
  if (process_ <= 0) throw std::logic_error("VideoWriter: the film has ended");
  close_input();
  const int status = wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail();
  if (std::rename(temporary_.c_str(), path_.c_str()) == 0) return;
  const std::string reason = std::strerror(errno);
  ::unlink(temporary_.c_str());
  throw Error("E0701", "cannot write " + path_.string() + ": " + reason);
}

void VideoWriter::fail() {
  close_input();
  wait();
  ::unlink(temporary_.c_str());
  throw Error("E0622", "ffmpeg could not make " + path_.string() + ": " + last_words());
}

/// Waits for ffmpeg to end and returns its status; 0 if it has been waited for.
int VideoWriter::wait() {
  int status = 0;
  if (process_ <= 0) return status;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return status;
}

void VideoWriter::close_input() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

/// The last line that ffmpeg printed.
std::string VideoWriter::last_words() const {
  std::string text;
  std::array<char, 4096> buffer;
  off_t at = 0;
  for (ssize_t got = 0; (got = ::pread(errors_, buffer.data(), buffer.size(), at)) > 0; at += got)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return "it gave no reason";
  return text.substr(text.find_last_of("\n\r") + 1);
}

}  // namespace duet
