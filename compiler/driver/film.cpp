#include "compiler/driver/film.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include "compiler/driver/usage.h"
#include "runtime/picture/contact_sheet.h"
#include "runtime/picture/png.h"
#include "runtime/picture/video_writer.h"
#include "runtime/sim/renderer.h"

namespace duet {

namespace {

constexpr double kFastest = 60;  // pictures per second of a film
constexpr int64_t kFrames = 6;   // pictures on a sheet

struct Size {
  int width, height;
};
constexpr Size kFilmSize{480, 360}, kSheetSize{320, 240}, kPictureSize{640, 480};
constexpr int kLargest = 8192;  // pixels in one direction

[[noreturn]] void throw_no_size(const std::string& text) {
  throw UsageError("E0005", "`duet render`: --size is WIDTHxHEIGHT in pixels, not `" + text + "`",
                   "for example 640x480; the largest is " + std::to_string(kLargest) + " in each direction");
}

Size parse_size(const std::string& text) {
  Size size{};
  const char* end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec != std::errc() || width.ptr == end || *width.ptr != 'x') throw_no_size(text);
  const auto height = std::from_chars(width.ptr + 1, end, size.height);
  if (height.ec != std::errc() || height.ptr != end) throw_no_size(text);
  if (std::min(size.width, size.height) < 1 || std::max(size.width, size.height) > kLargest) throw_no_size(text);
  return size;
}

Renderer make_renderer(const PictureOptions& options, std::shared_ptr<const Model> model, Size usual) {
  const Size size = options.size.empty() ? usual : parse_size(options.size);
  RendererOptions look;
  look.width = size.width;
  look.height = size.height;
  look.camera = options.camera;
  look.shadows = options.shadows;
  return Renderer(std::move(model), look);
}

class Video : public Film {
 public:
  Video(const PictureOptions& options, std::shared_ptr<const Model> model, double control_step)
      : Film(options.steps.value_or(std::numeric_limits<int64_t>::max())),
        renderer_(make_renderer(options, std::move(model), kFilmSize)),
        picture_(renderer_.width(), renderer_.height()),
        every_(static_cast<int64_t>(std::ceil(1 / (control_step * kFastest) - 1e-9))),
        writer_(options.out, picture_.width, picture_.height, 1 / (control_step * static_cast<double>(every_))) {}

 private:
  void add(const Simulator& robot) override {
    if (moment_++ % every_ != 0) return;
    renderer_.draw(robot, picture_.rgb);
    writer_.add(picture_);
  }
  void finish(const Simulator&) override { writer_.finish(); }

  Renderer renderer_;
  Image picture_;
  int64_t every_;  // moments from one picture to the next
  VideoWriter writer_;
  int64_t moment_ = 0;
};

class Sheet : public Film {
 public:
  Sheet(const PictureOptions& options, std::shared_ptr<const Model> model)
      : Film(options.steps.value_or(count(options) == 1 ? 0 : std::numeric_limits<int64_t>::max())),
        renderer_(make_renderer(options, std::move(model), count(options) == 1 ? kPictureSize : kSheetSize)),
        count_(static_cast<std::size_t>(count(options))),
        out_(options.out) {}

 private:
  static int64_t count(const PictureOptions& options) { return options.frames.value_or(kFrames); }

  // Only at the end is it known which moments are wanted.
  void add(const Simulator& robot) override { moments_.emplace_back(robot.qpos().begin(), robot.qpos().end()); }

  void finish(const Simulator& robot) override {
    std::vector<Image> pictures;
    for (const std::size_t moment : spread_moments(moments_.size(), count_)) {
      pictures.emplace_back(renderer_.width(), renderer_.height());
      renderer_.draw(robot, moments_[moment], pictures.back().rgb);
    }
    write_png(contact_sheet(pictures), out_);
  }

  Renderer renderer_;
  std::size_t count_;
  std::filesystem::path out_;
  std::vector<std::vector<double>> moments_;
};

}  // namespace

double Film::control_step(const RobotProgram& robot, const Model& model) {
  return model.facts().timestep * static_cast<double>(robot.frames);
}

std::unique_ptr<Film> Film::make(const PictureOptions& options, const RobotProgram& robot) {
  const std::string ending = std::filesystem::path(options.out).extension().string();
  if (ending == ".mp4") {
    if (options.frames) throw UsageError("E0005", "`duet render`: --frames is for pictures, not for films");
    const auto model = Model::load(robot.mjcf);
    return std::make_unique<Video>(options, model, control_step(robot, *model));
  }
  if (ending == ".png") return std::make_unique<Sheet>(options, Model::load(robot.mjcf));
  throw UsageError("E0623", "`" + options.out + "` is neither a film nor a picture",
                   "its name ends in .mp4 for a film, in .png for pictures");
}

bool Film::show(const Environment& robot, bool ended) {
  add(robot.simulator());
  const bool last = ended || robot.episode_steps() >= steps_;
  if (last) finish(robot.simulator());
  return !last;
}

}  // namespace duet
