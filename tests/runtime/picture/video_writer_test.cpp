// Films as ffprobe sees them, and what is left when ffmpeg is missing, gives up, or is not needed any more.

#include "runtime/picture/video_writer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "runtime/core/error.h"
#include "tests/runtime/picture/scratch_folder.h"

namespace duet {
namespace {

using test::ScratchFolder;

/// What ffprobe says of a film: width,height,pixel format,rate,number of pictures.
std::string probe(const std::filesystem::path& film) {
  const std::string command =
      "ffprobe -v error -count_frames -select_streams v -show_entries "
      "stream=width,height,pix_fmt,r_frame_rate,nb_read_frames -of csv=p=0 '" +
      film.string() + "'";
  std::string text;
  char buffer[256];
  FILE* pipe = ::popen(command.c_str(), "r");
  while (pipe && std::fgets(buffer, sizeof buffer, pipe)) text += buffer;
  if (pipe) ::pclose(pipe);
  return text;
}

/// $PATH for as long as it lives.
class Path {
 public:
  explicit Path(const std::string& path) : before_(std::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

 private:
  std::string before_;
};

template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("", "nothing was thrown");
}

/// Writes `count` pictures.
void film(const std::filesystem::path& path, int width, int height, double rate, int count) {
  VideoWriter writer(path, width, height, rate);
  Image picture(width, height);
  for (int i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < picture.rgb.size(); ++p) picture.rgb[p] = static_cast<uint8_t>(p + 5 * i);
    writer.add(picture);
  }
  writer.finish();
}

TEST(VideoWriter, EveryPictureIsInTheFilm) {
  const ScratchFolder folder;
  film(folder.path() / "a.mp4", 64, 48, 25, 37);
  EXPECT_EQ(probe(folder.path() / "a.mp4"), "64,48,yuv420p,25/1,37\n");
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.mp4"});
}

TEST(VideoWriter, OddSizesAreMadeEven) {
  const ScratchFolder folder;
  film(folder.path() / "a.mp4", 33, 21, 50, 3);
  EXPECT_EQ(probe(folder.path() / "a.mp4"), "34,22,yuv420p,50/1,3\n");
}

TEST(VideoWriter, AFilmThatIsNotFinishedLeavesNothing) {
  const ScratchFolder folder;
  {
    VideoWriter writer(folder.path() / "a.mp4", 64, 48, 25);
    writer.add(Image(64, 48));
  }
  EXPECT_TRUE(folder.files().empty());
}

TEST(VideoWriter, SaysThatFfmpegIsMissing) {
  const ScratchFolder folder;
  const Path nothing(folder.path());
  const Error error = error_of([&] { VideoWriter(folder.path() / "a.mp4", 64, 48, 25); });
  EXPECT_EQ(error.code(), "E0622");
  EXPECT_NE(error.help().find("apt-get install ffmpeg"), std::string::npos) << error.help();
}

TEST(VideoWriter, CarriesTheLastLineOfAnFfmpegThatFails) {
  const ScratchFolder folder;
  const Error error = error_of([&] { film(folder.path() / "no/such/folder/a.mp4", 64, 48, 25, 1); });
  EXPECT_EQ(error.code(), "E0622");
  EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos) << error.what();
}

TEST(VideoWriter, SurvivesAnFfmpegThatHangsUp) {
  // More than a socket holds, so that writing meets the closed end; SIGPIPE would end the test.
  const ScratchFolder folder, programs;
  const auto script = programs.path() / "ffmpeg";
  std::ofstream(script) << "#!/bin/sh\necho first >&2\necho 'Unknown encoder libx264' >&2\nexit 1\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const Path fake(programs.path().string() + ":" + std::getenv("PATH"));
  const Error error = error_of([&] { film(folder.path() / "a.mp4", 640, 480, 25, 20); });
  EXPECT_EQ(error.code(), "E0622");
  EXPECT_NE(std::string(error.what()).find(": Unknown encoder libx264"), std::string::npos) << error.what();
  EXPECT_TRUE(folder.files().empty());
}

TEST(VideoWriter, RefusesPicturesOfAnotherSize) {
  const ScratchFolder folder;
  VideoWriter writer(folder.path() / "a.mp4", 64, 48, 25);
  EXPECT_THROW(writer.add(Image(48, 64)), std::invalid_argument);
  EXPECT_THROW(VideoWriter(folder.path() / "b.mp4", 64, 0, 25), std::invalid_argument);
  EXPECT_THROW(VideoWriter(folder.path() / "b.mp4", 64, 48, 0), std::invalid_argument);
}

}  // namespace
}  // namespace duet
