#include <cstdio>
#include <cstdlib>

#include "runtime/picture/video_writer.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

using Video = TemporaryFolder;

Image grey(int width, int height, int level) {
  Image image(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), static_cast<uint8_t>(level));
  return image;
}

/// What ffprobe says of a film: width, height, pictures per second, pictures.
std::string probed(const std::filesystem::path& film) {
  const std::string command =
      "ffprobe -v error -count_frames -select_streams v:0 -show_entries "
      "stream=width,height,r_frame_rate,nb_read_frames -of csv=p=0 '" +
      film.string() + "'";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return "no ffprobe";
  char text[200] = {};
  const std::size_t length = std::fread(text, 1, sizeof text - 1, pipe);
  pclose(pipe);
  std::string line(text, length);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

TEST_F(Video, HasEveryPictureAtItsRate) {
  {
    VideoWriter writer(folder_ / "a.mp4", 64, 48, 25);
    for (int i = 0; i < 40; ++i) writer.add(grey(64, 48, 6 * i));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.mp4")) << "not there before it is whole";
    writer.finish();
  }
  EXPECT_EQ(probed(folder_ / "a.mp4"), "64,48,25/1,40");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "nothing else is left";
}

TEST_F(Video, OddSizesAreMadeEven) {
  VideoWriter writer(folder_ / "a.mp4", 33, 21, 10);
  writer.add(grey(33, 21, 200));
  writer.finish();
  EXPECT_EQ(probed(folder_ / "a.mp4"), "34,22,10/1,1");
}

TEST_F(Video, OneThatIsGivenUpLeavesNothing) {
  {
    VideoWriter writer(folder_ / "a.mp4", 64, 48, 25);
    writer.add(grey(64, 48, 100));
    EXPECT_THROW(writer.add(grey(64, 47, 100)), std::invalid_argument);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Video, FaultsOfFfmpegAreSaid) {
  std::string message;
  EXPECT_EQ(code_of(
                [&] {
                  VideoWriter writer(folder_ / "nowhere" / "a.mp4", 64, 48, 25);
                  for (int i = 0; i < 2000; ++i) writer.add(grey(64, 48, i % 200));
                  writer.finish();
                },
                &message),
            "E0622");
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder_.c_str(), 1);
  EXPECT_EQ(code_of([&] { VideoWriter(folder_ / "a.mp4", 64, 48, 25); }, &message), "E0622");
  setenv("PATH", path.c_str(), 1);
  EXPECT_NE(message.find("ffmpeg"), std::string::npos) << message;
}

}  // namespace
}  // namespace duet
