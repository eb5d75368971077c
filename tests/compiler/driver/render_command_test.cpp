// duet render of robots as a user types it: films, sheets, single pictures, and what can go wrong.

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using test::duet;
using test::Outcome;
using test::read;
using test::Scratch;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Width and height as a PNG file says in its header (bytes 16 to 23, big-endian).
std::pair<int, int> png_size(const std::filesystem::path& path) {
  const std::string bytes = read(path);
  EXPECT_GT(bytes.size(), 24u);
  if (bytes.size() <= 24) return {};
  const auto number = [&](size_t at) {
    int value = 0;
    for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  };
  return {number(16), number(20)};
}

std::string probe(const std::filesystem::path& film, const std::string& entries) {
  const std::string command = "ffprobe -v error -count_frames -select_streams v -show_entries stream=" + entries +
                              " -of csv=p=0 '" + film.string() + "'";
  std::string text;
  char buffer[256];
  FILE* pipe = ::popen(command.c_str(), "r");
  while (pipe && std::fgets(buffer, sizeof buffer, pipe)) text += buffer;
  if (pipe) ::pclose(pipe);
  return text;
}

TEST(RenderCommand, FilmsARobot) {
  const Scratch scratch;
  const Outcome outcome =
      duet({"render", "half_cheetah", "-o", "a.mp4", "--steps", "30", "--size", "160x120"}, scratch.path());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a.mp4\n");
  // A control step is 0.05 s; the start and 30 steps.
  EXPECT_EQ(probe(scratch.path() / "a.mp4", "width,height,r_frame_rate,nb_read_frames"), "160,120,20/1,31\n");
}

TEST(RenderCommand, AFilmHasAtMost60PicturesPerSecond) {
  const Scratch scratch;
  const Outcome outcome =
      duet({"render", "hopper", "-o", "a.mp4", "--steps", "10", "--policy", "zero", "--size", "80x60"}, scratch.path());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  // A control step is 0.008 s, every third is shown: 0, 3, 6 and 9 of 0 to 10, at 125/3 per second.
  EXPECT_EQ(probe(scratch.path() / "a.mp4", "r_frame_rate,nb_read_frames"), "125/3,4\n");
}

TEST(RenderCommand, MakesASheetOrOnePicture) {
  const Scratch scratch;
  ASSERT_EQ(duet({"render", "hopper", "-o", "sheet.png", "--steps", "20", "--size", "80x60"}, scratch.path()).code, 0);
  EXPECT_EQ(png_size(scratch.path() / "sheet.png"), (std::pair{3 * 80 + 8, 2 * 60 + 4}));
  ASSERT_EQ(duet({"render", "hopper", "-o", "one.png", "--frames", "1"}, scratch.path()).code, 0);
  EXPECT_EQ(png_size(scratch.path() / "one.png"), (std::pair{640, 480}));
}

TEST(RenderCommand, TheSeedAndThePolicyDecideWhatIsSeen) {
  const Scratch scratch;
  const auto picture = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"render", "half_cheetah", "-o", "a.png",  "--frames",
                                          "1",      "--steps",      "15", "--size", "120x90"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = duet(arguments, scratch.path());
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read(scratch.path() / "a.png");
  };
  const std::string first = picture({});
  EXPECT_TRUE(first == picture({"--seed", "1", "--policy", "random"}));
  EXPECT_FALSE(first == picture({"--seed", "2"}));
  EXPECT_FALSE(first == picture({"--policy", "zero"}));
  EXPECT_FALSE(first == picture({"--camera", "free"}));
}

TEST(RenderCommand, WhatIsWrongOnTheCommandLine) {
  const Scratch scratch;
  const auto wrong = [&](std::vector<std::string> more, const std::string& expected) {
    more.insert(more.begin(), {"render", "hopper"});
    const Outcome outcome = duet(more, scratch.path());
    EXPECT_EQ(outcome.code, 2) << expected;
    EXPECT_TRUE(contains(outcome.err, expected)) << outcome.err;
  };
  wrong({}, "E0005");
  wrong({"-o", "a.avi"}, "error[E0623]: `a.avi` is neither a film nor a picture");
  wrong({"-o", "a"}, "E0623");
  wrong({"-o", "a.mp4", "--frames", "3"}, "E0005");
  for (const char* size : {"640", "640x", "x480", "0x5", "640x480x3", "99999x5", "-4x3"})
    wrong({"-o", "a.png", std::string("--size=") + size}, "--size is WIDTHxHEIGHT");
  wrong({"-o", "a.png", "--policy", "learned"}, "E0005");
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(RenderCommand, UnknownRobotsRunsAndCamerasAreErrors) {
  const Scratch scratch;
  const auto error = [&](const std::string& what, const std::vector<std::string>& more, const std::string& code,
                         const std::string& out = "a.png") {
    std::vector<std::string> arguments = {"render", what, "-o", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = duet(arguments, scratch.path());
    EXPECT_EQ(outcome.code, 1) << code;
    EXPECT_TRUE(contains(outcome.err, "error[" + code + "]")) << outcome.err;
  };
  error("hoper", {}, "E0504");
  error("hopper", {"--camera", "trakc"}, "E0621");
  error("hopper", {"--steps", "1"}, "E0701", "no/such/folder.png");
}

TEST(RenderCommand, RandomActionsNeedLimits) {
  const Scratch scratch;
  scratch.write("free.xml",
                "<mujoco><worldbody><body><joint name='j'/><geom size='0.1'/></body></worldbody>"
                "<actuator><motor joint='j'/></actuator></mujoco>");
  scratch.write("free.duet",
                "robot free_motor {\n  mjcf    \"free.xml\"\n  limit   10 steps\n  observe [qpos, qvel]\n"
                "  reward  0\n}\n");
  const Outcome random = duet({"render", "free.duet", "-o", "a.png"}, scratch.path());
  EXPECT_EQ(random.code, 2);
  EXPECT_TRUE(contains(random.err, "action 0 of `free_motor` has none")) << random.err;
  const Outcome zero = duet({"render", "free.duet", "-o", "a.png", "--policy", "zero"}, scratch.path());
  EXPECT_EQ(zero.code, 0) << zero.err;
}

TEST(RenderCommand, SaysWhyNothingCanBeDrawn) {
  const Scratch scratch;
  const std::vector<std::string> arguments = {"render", "hopper", "-o", "a.png", "--steps", "1"};
  const Outcome unknown = duet(arguments, scratch.path(), {"DUET_GL=glx"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_TRUE(contains(unknown.err, "error[E0620]") && contains(unknown.err, "`egl` or `osmesa`")) << unknown.err;
  // Without a driver EGL has no display.
  const Outcome none = duet(arguments, scratch.path(), {"DUET_GL=egl", "__EGL_VENDOR_LIBRARY_FILENAMES=/nowhere"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(contains(none.err, "error[E0620]: no picture can be drawn: EGL: ")) << none.err;
  EXPECT_TRUE(contains(none.err, "apt-get install")) << none.err;
}

TEST(RenderCommand, OsMesaStepsInForEgl) {
  const Scratch scratch;
  const auto draw = [&](const std::string& name, const std::vector<std::string>& before) {
    const Outcome outcome = duet({"render", "hopper", "-o", name, "--frames", "1"}, scratch.path(), before);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return png_size(scratch.path() / name);
  };
  EXPECT_EQ(draw("asked.png", {"DUET_GL=osmesa"}), (std::pair{640, 480}));
  EXPECT_EQ(draw("second.png", {"__EGL_VENDOR_LIBRARY_FILENAMES=/nowhere"}), (std::pair{640, 480}));
  EXPECT_TRUE(read(scratch.path() / "asked.png") == read(scratch.path() / "second.png"));
}

TEST(RenderCommand, FilmsNeedFfmpegAndPicturesDoNot) {
  const Scratch scratch;
  const std::string nothing = "PATH=" + scratch.path().string();
  const Outcome film = duet({"render", "hopper", "-o", "a.mp4"}, scratch.path(), {nothing});
  EXPECT_EQ(film.code, 1);
  EXPECT_TRUE(contains(film.err, "error[E0622]")) << film.err;
  EXPECT_EQ(duet({"render", "hopper", "-o", "a.png", "--frames", "1"}, scratch.path(), {nothing}).code, 0);
}

TEST(RobotCommand, DrawsThePictureThatItIsAskedFor) {
  const Scratch scratch;
  const Outcome outcome =
      duet({"robot", "stochlite_up", "--set", "robot.incline=13", "--picture", "up.png"}, scratch.path());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "incline = 13")) << outcome.out;
  EXPECT_TRUE(contains(read(scratch.path() / "up.png").substr(0, 8), "PNG"));
}

}  // namespace
}  // namespace duet
