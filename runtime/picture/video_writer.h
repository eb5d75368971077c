#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "runtime/picture/image.h"

namespace duet {

/// Writes a film (H.264 in MP4) through the program ffmpeg, so that it is there whole or not at all: into a temporary
/// file beside it (its name ends in ".part"), renamed over `path` at the end. Odd sizes gain a black row or column, as
/// H.264 wants even ones.
class VideoWriter {
 public:
  /// Starts ffmpeg, found in $PATH. `rate`: pictures per second. Throws Error E0622 if it cannot be started.
  VideoWriter(std::filesystem::path path, int width, int height, double rate);
  /// Without finish(): stops ffmpeg and removes the temporary file.
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// Appends a picture; std::invalid_argument if it has another size. Throws Error E0622 with ffmpeg's last words if it
  /// has given up.
  void add(const Image& picture);

  /// Ends the film, which then appears under its name. Throws Error E0622 as add() does, E0701 if it cannot be renamed.
  void finish();

 private:
  void start(double rate);
  [[noreturn]] void fail();
  int wait();
  void close_input();
  std::string last_words() const;

  std::filesystem::path path_;
  std::string temporary_;
  int width_, height_;
  pid_t process_ = -1;
  int input_ = -1;   // ffmpeg reads pictures from its other end
  int errors_ = -1;  // a file in memory: what ffmpeg says
};

}  // namespace duet
