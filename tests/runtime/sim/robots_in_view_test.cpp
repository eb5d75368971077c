// Every bundled robot is seen in its picture, by the camera of its model and by ours.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/renderer.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Pixels = std::vector<uint8_t>;

constexpr int kWidth = 160, kHeight = 120;

RendererOptions small(const std::string& camera = "") {
  return {.width = kWidth, .height = kHeight, .camera = camera, .samples = 0};
}

Pixels picture(const std::shared_ptr<const Model>& model, const std::vector<double>& qpos,
               const RendererOptions& options = small()) {
  Simulator sim(model);
  sim.reset(qpos, std::vector<double>(sim.qvel().size(), 0.0));
  Renderer renderer(model, options);
  Pixels pixels(renderer.size());
  renderer.draw(sim, pixels);
  return pixels;
}

/// The same model with everything that moves made invisible.
std::shared_ptr<const Model> without_its_robot(const Model& model) {
  const mjModel& original = *model.native().model;
  const MjModelPtr copy(mj_copyModel(nullptr, &original));
  for (int g = 0; g < copy->ngeom; ++g) {
    if (copy->body_weldid[copy->geom_bodyid[g]] == 0) continue;
    copy->geom_matid[g] = -1;
    copy->geom_rgba[4 * g + 3] = 0;
  }
  const std::string path = (fs::temp_directory_path() / ("duet_unseen_" + std::to_string(getpid()) + ".mjb")).string();
  mj_saveModel(copy.get(), path.c_str(), nullptr, 0);
  const auto unseen = Model::load(path);
  fs::remove(path);
  return unseen;
}

/// The pixels in which two pictures differ clearly: how many, and their middle in shares of the picture's size.
struct Difference {
  int count = 0;
  double x = 0, y = 0;
};
Difference difference(const Pixels& a, const Pixels& b) {
  Difference result;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x) {
      int most = 0;
      for (int c = 0; c < 3; ++c) {
        const std::size_t i = static_cast<std::size_t>(3 * (kWidth * y + x) + c);
        most = std::max(most, std::abs(int(a[i]) - int(b[i])));
      }
      if (most < 16) continue;
      ++result.count;
      result.x += (x + 0.5) / kWidth;
      result.y += (y + 0.5) / kHeight;
    }
  if (result.count > 0) {
    result.x /= result.count;
    result.y /= result.count;
  }
  return result;
}

/// The robot covers some of the picture, and its middle is not at the edge.
void expect_in_view(const std::shared_ptr<const Model>& model, const RendererOptions& options,
                    const std::string& what) {
  const std::vector<double>& qpos = model->facts().qpos0;
  const Difference robot = difference(picture(model, qpos, options), picture(without_its_robot(*model), qpos, options));
  EXPECT_GT(robot.count, kWidth * kHeight / 800) << what;
  EXPECT_LT(robot.count, kWidth * kHeight * 3 / 4) << what;
  for (const double middle : {robot.x, robot.y}) {
    EXPECT_GT(middle, 0.15) << what;
    EXPECT_LT(middle, 0.85) << what;
  }
}

TEST(RobotsInView, EachCoversSomeOfThePictureAndIsNotAtItsEdge) {
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(std::string(DUET_ROOT) + "/robots")) {
    if (entry.path().extension() != ".xml") continue;
    const auto model = Model::load(entry.path().string());
    expect_in_view(model, small(), entry.path().filename().string());
    expect_in_view(model, small("free"), entry.path().filename().string() + ", free camera");
    ++seen;
  }
  EXPECT_GE(seen, 14);
}

}  // namespace
}  // namespace duet
