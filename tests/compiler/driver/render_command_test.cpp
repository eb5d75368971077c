// duet render: pictures and films of robots and of runs. What is seen in them is tested in tests/runtime/sim.

#include <gtest/gtest.h>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using test::duet;
using test::Outcome;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class RenderCommand : public testing::Test {
 protected:
  Outcome render(const std::string& what, const std::string& out, const std::vector<std::string>& more = {},
                 const std::vector<std::string>& before = {}) const {
    std::vector<std::string> arguments = {"render", what, "-o", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return duet(arguments, scratch_.path(), before);
  }
  /// Width and height as the file's header says; 0 if it is no PNG.
  std::pair<int, int> size_of(const std::string& png) const {
    const std::string bytes = test::read(scratch_.path() / png);
    if (bytes.size() < 24 || bytes.substr(1, 3) != "PNG") return {0, 0};
    const auto number = [&](std::size_t at) {
      int value = 0;
      for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
      return value;
    };
    return {number(16), number(20)};
  }

  test::Scratch scratch_;
};

TEST_F(RenderCommand, ARobotAsOnePictureAsASheetAndAsAFilm) {
  Outcome outcome = render("hopper", "one.png", {"--frames", "1", "--size", "120x90"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "one.png\n");
  EXPECT_EQ(size_of("one.png"), (std::pair{120, 90}));
  outcome = render("stochlite_up", "sheet.png", {"--size", "80x60", "--steps", "50", "--policy", "zero"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GT(size_of("sheet.png").first, 3 * 80);
  outcome = render("leg_2r", "film.mp4", {"--size", "80x60", "--steps", "100"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(test::read(scratch_.path() / "film.mp4").substr(0, 32), "ftyp")) << "the mark of an MP4 file";
}

TEST_F(RenderCommand, TheSeedDecidesThePicture) {
  for (const auto& [name, seed] : {std::pair{"a.png", "3"}, {"b.png", "3"}, {"c.png", "4"}}) {
    const Outcome outcome = render("ant", name, {"--size", "80x60", "--steps", "20", "--seed", seed});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  EXPECT_TRUE(test::read(scratch_.path() / "a.png") == test::read(scratch_.path() / "b.png"));
  EXPECT_FALSE(test::read(scratch_.path() / "a.png") == test::read(scratch_.path() / "c.png"));
}

TEST_F(RenderCommand, BothLibrariesDraw) {
  for (const char* library : {"egl", "osmesa"}) {
    const Outcome outcome = render("hopper", std::string(library) + ".png", {"--frames", "1", "--size", "80x60"},
                                   {std::string("DUET_GL=") + library});
    EXPECT_EQ(outcome.code, 0) << library << ": " << outcome.err;
  }
  const Outcome neither = render("hopper", "x.png", {"--frames", "1"}, {"DUET_GL=vulkan"});
  EXPECT_EQ(neither.code, 1);
  EXPECT_TRUE(contains(neither.err, "E0620")) << neither.err;
}

TEST_F(RenderCommand, ARunShowsWhatItHasLearned) {
  scratch_.write("wander.duet", R"(
algorithm wander(robot) {
  memory real(1000)
  loop {
    interact with uniform(action) into real
    every 100 steps { evaluate uniform(action) for 1 episodes }
  }
}
)");
  Outcome outcome = duet({"run", "wander.duet", "--robot", "inverted_pendulum", "--steps", "100", "--quiet", "--out", "a"},
                         scratch_.path());
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  outcome = render("a", "run.png", {"--size", "80x60"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GT(size_of("run.png").first, 0);
  EXPECT_EQ(render("a", "run.png", {"--policy", "zero"}).code, 2) << "a run acts as it has learned to";
}

TEST_F(RenderCommand, WrongWishesAreErrors) {
  EXPECT_TRUE(contains(render("hoper", "a.png").err, "did you mean `hopper`")) << "an unknown robot";
  EXPECT_TRUE(contains(render("hopper", "a.gif").err, "E0623"));
  EXPECT_TRUE(contains(render("hopper", "a.png", {"--camera", "trak"}).err, "E0621"));
  EXPECT_TRUE(contains(render("hopper", "nowhere/a.png").err, "E0701"));
  EXPECT_EQ(render("hopper", "a.png", {"--size", "12"}).code, 2);
  EXPECT_EQ(render("hopper", "a.mp4", {"--frames", "3"}).code, 2);
  EXPECT_TRUE(fs::is_empty(scratch_.path())) << "no half of anything is left";
}

}  // namespace
}  // namespace duet
