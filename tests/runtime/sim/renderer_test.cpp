// Pictures of small models: what is in them, where it is, and that they depend on the state alone. A pixel counts as
// the robot's if it is clearly red; the models have nothing else that is.

#include "runtime/sim/renderer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "runtime/core/error.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

using test::TempModel;
using test::thrown;

constexpr int kWidth = 120, kHeight = 90;

/// A red ball of radius 0.1 that falls freely; `around` stands beside it in the world.
std::string ball(const std::string& around = "", const std::string& top = "") {
  return "<mujoco><option timestep='0.01'/>" + top + "<worldbody>" + around +
         "<body pos='0 0 1'><freejoint/><geom size='0.1' rgba='1 0 0 1'/></body></worldbody></mujoco>";
}

struct Picture {
  std::vector<uint8_t> rgb;
  int width = kWidth;

  std::array<int, 3> at(int x, int y) const {
    const auto i = static_cast<std::size_t>(3 * (y * width + x));
    return {rgb[i], rgb[i + 1], rgb[i + 2]};
  }
};

struct Blob {
  int pixels = 0;
  double x = 0, y = 0;  // its middle
  bool at_border = false;
};

Blob red_blob(const Picture& picture) {
  Blob blob;
  const int height = static_cast<int>(picture.rgb.size()) / 3 / picture.width;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const auto [red, green, blue] = picture.at(x, y);
      if (red < 60 || red < 2 * green || red < 2 * blue) continue;
      ++blob.pixels;
      blob.at_border |= x == 0 || y == 0 || x == picture.width - 1 || y == height - 1;
      blob.x += x;
      blob.y += y;
    }
  blob.x /= std::max(1, blob.pixels);
  blob.y /= std::max(1, blob.pixels);
  return blob;
}

/// A model with a simulator and a renderer of it.
struct Studio {
  explicit Studio(const std::string& mjcf, RendererOptions options = {kWidth, kHeight, "", false, 0})
      : file(mjcf, "renderer"), model(Model::load(file.path())), sim(model), renderer(model, options) {}

  Picture draw() {
    Picture picture{std::vector<uint8_t>(renderer.size()), renderer.width()};
    renderer.draw(sim, picture.rgb);
    return picture;
  }
  void move_to(double x, double z) { sim.reset(std::vector<double>{x, 0, z, 1, 0, 0, 0}, std::vector<double>(6)); }

  TempModel file;
  std::shared_ptr<const Model> model;
  Simulator sim;
  Renderer renderer;
};

TEST(Renderer, TheRobotIsInTheMiddleOfAPicture) {
  Studio studio(ball());
  const Blob blob = red_blob(studio.draw());
  // The ball fills the height but for the margin of 5 %: about pi/4 (90/1.05)^2 pixels.
  EXPECT_GT(blob.pixels, 3000);
  EXPECT_FALSE(blob.at_border);
  EXPECT_LT(blob.pixels, kWidth * kHeight / 2 + kWidth * kHeight / 10);
  EXPECT_NEAR(blob.x, (kWidth - 1) / 2.0, 1.5);  // within a pixel and the rounding of its edge
  EXPECT_NEAR(blob.y, (kHeight - 1) / 2.0, 1.5);
}

TEST(Renderer, OneStateGivesOnePicture) {
  Studio a(ball("<geom type='plane' size='5 5 1'/><light pos='0 0 3'/>"));
  a.sim.step({}, 7);
  const Picture first = a.draw();
  EXPECT_EQ(first.rgb, a.draw().rgb);
  Renderer other(a.model, {kWidth, kHeight, "", false, 0});
  Picture again{std::vector<uint8_t>(other.size())};
  other.draw(a.sim, again.rgb);
  EXPECT_EQ(first.rgb, again.rgb) << "another renderer";
  EXPECT_EQ(first.rgb, a.draw().rgb) << "after the other renderer";
}

TEST(Renderer, TheCameraFollowsARobotThatGoesAnywhere) {
  Studio studio(ball("<geom name='post' type='box' size='.05 .05 .05' pos='0.3 0 1' rgba='0 0 1 1'/>"));
  const Picture start = studio.draw();
  const Blob here = red_blob(start);
  studio.move_to(50, 3);
  const Picture later = studio.draw();
  const Blob there = red_blob(later);
  EXPECT_NEAR(there.x, here.x, 1);  // the same place, but for the rounding of coordinates that are floats
  EXPECT_NEAR(there.y, here.y, 1);
  EXPECT_NEAR(there.pixels, here.pixels, 0.02 * here.pixels);
}

TEST(Renderer, TheCameraOfAFixedRobotStandsStill) {
  const std::string arm =
      "<mujoco><worldbody><body><joint axis='0 1 0'/>"
      "<geom type='capsule' size='0.05' fromto='0 0 0 0 0 1' rgba='1 0 0 1'/></body></worldbody></mujoco>";
  Studio studio(arm);
  const Blob up = red_blob(studio.draw());
  studio.sim.reset(std::vector<double>{M_PI}, std::vector<double>(1));
  const Blob down = red_blob(studio.draw());
  EXPECT_GT(up.pixels, 100);
  // Seen from above at a distance of three times its length, the hanging arm looks shorter and thinner: measured 0.8.
  EXPECT_GT(down.pixels, 0.7 * up.pixels);
  EXPECT_FALSE(up.at_border);
  EXPECT_FALSE(down.at_border) << "all that it reaches is in view";
  EXPECT_LT(up.y, kHeight / 2.0 - 10);
  EXPECT_GT(down.y, kHeight / 2.0 + 10);
}

TEST(Renderer, TheCameraOfTheModelIsTakenIfItIsCalledTrackOrAskedFor) {
  const std::string cameras =
      "<camera name='track' pos='0 -2 1' xyaxes='1 0 0 0 0 1'/><camera name='away' pos='0 -2 1' xyaxes='-1 0 0 0 0 "
      "1'/>";
  Studio usual(ball(cameras)), named(ball(cameras), {kWidth, kHeight, "track", false, 0});
  Studio away(ball(cameras), {kWidth, kHeight, "away", false, 0}),
      free(ball(cameras), {kWidth, kHeight, "free", false, 0});
  Studio none(ball());
  EXPECT_EQ(usual.draw().rgb, named.draw().rgb);
  EXPECT_GT(red_blob(usual.draw()).pixels, 30);
  EXPECT_EQ(red_blob(away.draw()).pixels, 0) << "it looks the other way";
  EXPECT_EQ(free.draw().rgb, none.draw().rgb);
  EXPECT_NE(free.draw().rgb, usual.draw().rgb);
  const Error error = thrown<Error>([&] { Renderer(usual.model, {kWidth, kHeight, "trakc", false, 0}); });
  EXPECT_EQ(error.code(), "E0621");
  EXPECT_NE(error.help().find("track"), std::string::npos) << error.help();
}

TEST(Renderer, AModelWithoutLightsFloorAndSkyIsVisible) {
  Studio studio(ball("", "<visual><headlight active='0'/></visual>"));
  const Picture picture = studio.draw();
  EXPECT_GT(picture.at(kWidth / 2, kHeight / 2)[0], 150);
  for (const auto& [x, y] : {std::pair{1, 1}, std::pair{kWidth - 2, kHeight - 2}}) {
    const auto [red, green, blue] = picture.at(x, y);
    EXPECT_GT(std::min({red, green, blue}), 200) << "the plain background at " << x << ", " << y;
  }
}

TEST(Renderer, RowsBeginAtTheTop) {
  // A blue box stands above the ball.
  Studio studio(ball("<geom type='box' size='.03 .03 .02' pos='0 0 1.12' rgba='0 0 1 1'/>"));
  const Picture picture = studio.draw();
  int upper = 0, lower = 0;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      if (const auto [red, green, blue] = picture.at(x, y); blue > 60 && blue > 2 * red && blue > 2 * green)
        ++(y < kHeight / 2 ? upper : lower);
  EXPECT_GT(upper, 5);
  EXPECT_EQ(lower, 0);
}

TEST(Renderer, ShowsThePositionsOfQposAfterAStepToo) {
  Studio studio(ball("<camera name='track' pos='0 -2 1' xyaxes='1 0 0 0 0 1'/>"));
  studio.sim.step({}, 20);  // falls 0.2 m; MuJoCo's own positions are those of the frame before
  const std::vector<double> qpos(studio.sim.qpos().begin(), studio.sim.qpos().end());
  const Picture stepped = studio.draw();
  studio.sim.reset(qpos, std::vector<double>(6));
  EXPECT_EQ(stepped.rgb, studio.draw().rgb);
  studio.move_to(0, 1);
  EXPECT_NE(stepped.rgb, studio.draw().rgb);
  Picture given{std::vector<uint8_t>(studio.renderer.size())};
  studio.renderer.draw(studio.sim, qpos, given.rgb);
  EXPECT_EQ(stepped.rgb, given.rgb);
}

TEST(Renderer, ShowsTheNumbersOfTheModelThatTheSimulatorHasWritten) {
  Studio studio(ball("<camera name='track' pos='0 -2 1' xyaxes='1 0 0 0 0 1'/>"));
  const Blob before = red_blob(studio.draw());
  Simulator changed(studio.model, {.own_constants = true});
  changed.write_constant("geom_size", std::array<int64_t, 1>{0}, std::array<double, 1>{0.2});
  changed.finish_constants();
  changed.reset(studio.sim.qpos(), studio.sim.qvel());
  Picture picture{std::vector<uint8_t>(studio.renderer.size())};
  studio.renderer.draw(changed, picture.rgb);
  // Twice the radius is four times the area; the edge of the small ball is coarse.
  EXPECT_NEAR(static_cast<double>(red_blob(picture).pixels) / before.pixels, 4, 0.5);
}

TEST(Renderer, PicturesLargerThanTheModelAllowsAreDrawn) {
  // The default of <visual><global offwidth offheight> is 640 x 480.
  Studio studio(ball("", "<visual><global offwidth='100' offheight='50'/></visual>"), {900, 700, "", false, 4});
  const Blob blob = red_blob(studio.draw());
  EXPECT_NEAR(blob.x, 449.5, 2);
  EXPECT_NEAR(blob.y, 349.5, 2);
  EXPECT_GT(blob.pixels, 900 * 700 / 3);
}

TEST(Renderer, ShadowsDarkenTheFloorOnlyIfTheyAreAskedFor) {
  const std::string floor =
      "<light pos='0 0 4' dir='0 0 -1' castshadow='true'/><geom type='plane' size='5 5 1' pos='0 0 0.8'/>"
      "<camera name='track' pos='0 -0.8 2.2' xyaxes='1 0 0 0 0.83 0.55'/>";
  Studio plain(ball(floor)), shaded(ball(floor), {kWidth, kHeight, "", true, 0});
  const Picture without = plain.draw(), with = shaded.draw();
  int darker = 0;
  for (std::size_t i = 0; i < with.rgb.size(); i += 3)
    if (with.rgb[i + 1] + 20 < without.rgb[i + 1]) ++darker;
  EXPECT_GT(darker, 50);
}

TEST(Renderer, RefusesSizesThatAreNone) {
  Studio studio(ball());
  EXPECT_THROW(Renderer(studio.model, {0, 5, "", false, 0}), std::invalid_argument);
  std::vector<uint8_t> small(studio.renderer.size() - 1), right(studio.renderer.size());
  EXPECT_THROW(studio.renderer.draw(studio.sim, small), std::invalid_argument);
  EXPECT_THROW(studio.renderer.draw(studio.sim, std::vector<double>(3), right), std::invalid_argument);
}

}  // namespace
}  // namespace duet
