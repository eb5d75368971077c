#include "runtime/sim/renderer.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/framing.h"
#include "runtime/sim/gl_context.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/near_names.h"

namespace duet {
namespace {

constexpr int kMoreShapes = 1000;  // drawn beside geoms, sites and tendons: parts of composite shapes, decoration
constexpr std::array<uint8_t, 3> kTop = {214, 224, 236}, kBottom = {245, 247, 250};  // of the plain background

/// What MuJoCo uploads to OpenGL: meshes, textures and the buffer that is drawn into.
class Uploaded {
 public:
  Uploaded(const mjModel& model, const RendererOptions& options) {
    // A shallow copy, since the model is shared and never changes. Only numbers of it are set, nothing keeps it.
    mjModel sized = model;
    sized.vis.global.offwidth = options.width;
    sized.vis.global.offheight = options.height;
    sized.vis.quality.offsamples = options.samples;
    if (!options.shadows) sized.vis.quality.shadowsize = 0;
    mjr_defaultContext(&context_);
    try {
      mjr_makeContext(&sized, &context_, mjFONTSCALE_100);
      mjr_setBuffer(mjFB_OFFSCREEN, &context_);
    } catch (const Error& error) {
      mjr_freeContext(&context_);
      throw Error("E0620", std::string("no picture can be drawn: ") + error.what());
    }
    if (context_.currentBuffer == mjFB_OFFSCREEN) return;
    mjr_freeContext(&context_);
    throw Error("E0620", "no picture can be drawn: OpenGL has no framebuffer of " + std::to_string(options.width) +
                             " x " + std::to_string(options.height) + " pixels");
  }
  ~Uploaded() { mjr_freeContext(&context_); }
  Uploaded(const Uploaded&) = delete;
  Uploaded& operator=(const Uploaded&) = delete;

  const mjrContext& get() const { return context_; }

 private:
  mjrContext context_;
};

/// The shapes and lights of one picture.
class Scene {
 public:
  Scene(const mjModel& model, bool shadows) {
    mjv_defaultScene(&scene_);
    mjv_makeScene(&model, &scene_, model.ngeom + model.nsite + 2 * model.nwrap + kMoreShapes);
    mjv_defaultOption(&visible_);
    scene_.flags[mjRND_SHADOW] = shadows;
    scene_.flags[mjRND_REFLECTION] = false;
    scene_.flags[mjRND_HAZE] = false;
    scene_.flags[mjRND_FOG] = false;
  }
  ~Scene() { mjv_freeScene(&scene_); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void update(const mjModel& model, mjData& data, mjvCamera camera) {
    mjv_updateScene(&model, &data, &visible_, nullptr, &camera, mjCAT_ALL, &scene_);
    if (scene_.nlight == 0) add_lamp();
  }

  mjvScene& get() { return scene_; }

 private:
  void add_lamp() {
    mjvLight& lamp = scene_.lights[scene_.nlight++];
    lamp = {};
    std::copy_n(scene_.camera[0].pos, 3, lamp.pos);
    std::copy_n(scene_.camera[0].forward, 3, lamp.dir);
    lamp.attenuation[0] = 1;
    lamp.cutoff = 180;
    lamp.headlight = lamp.directional = true;
    std::fill_n(lamp.ambient, 3, 0.4f);
    std::fill_n(lamp.diffuse, 3, 0.8f);
    std::fill_n(lamp.specular, 3, 0.3f);
  }

  mjvScene scene_;
  mjvOption visible_;
};

bool has_sky(const mjModel& m) {
  return std::find(m.tex_type, m.tex_type + m.ntex, mjTEXTURE_SKYBOX) != m.tex_type + m.ntex;
}

/// The camera of that name. Throws Error E0621.
int find_camera(const Model& model, const std::string& name) {
  std::vector<std::string> known = {"free"};
  for (const NamedFact& camera : model.facts().cameras) {
    if (camera.name == name) return camera.id;
    if (!camera.name.empty()) known.push_back(camera.name);
  }
  throw Error("E0621", "the model '" + model.path() + "' has no camera '" + name + "'", help_near_names(name, known));
}

/// The camera of the model to look through; nullopt: ours.
std::optional<int> choose_camera(const Model& model, const std::string& wanted) {
  if (!wanted.empty() && wanted != "free") return find_camera(model, wanted);
  for (const NamedFact& camera : model.facts().cameras)
    if (camera.name == (wanted.empty() ? "track" : wanted)) return camera.id;
  return std::nullopt;
}

RendererOptions checked(RendererOptions options) {
  if (options.width <= 0 || options.height <= 0 || options.samples < 0)
    throw std::invalid_argument("Renderer: the size of the picture is not positive");
  return options;
}

}  // namespace

struct Renderer::Impl {
  Impl(std::shared_ptr<const Model> shared, RendererOptions wanted)
      : options(checked(std::move(wanted))),
        model(std::move(shared)),
        data(mj_makeData(native())),
        camera(choose_camera(*model, options.camera)),
        uploaded(*native(), options),
        scene(*native(), options.shadows),
        plain(!has_sky(*native())),
        rows(static_cast<std::size_t>(options.width) * static_cast<std::size_t>(options.height) * 3) {
    if (!data) throw Error("E0503", "there is no memory for a picture of '" + model->path() + "'");
    if (plain) depth.resize(rows.size() / 3);
    place(*native(), {native()->qpos0, static_cast<std::size_t>(native()->nq)});
    framing.emplace(*native(), *data, static_cast<double>(options.width) / options.height);
  }

  ~Impl() {
    try {
      context.make_current();  // what was uploaded is removed from this one
    } catch (const Error&) {
    }
  }
  Impl(const Impl&) = delete;

  const mjModel* native() const { return model->native().model.get(); }

  /// All positions that a picture shows, from qpos.
  void place(const mjModel& m, std::span<const double> qpos) {
    std::copy(qpos.begin(), qpos.end(), data->qpos);
    mj_kinematics(&m, data.get());
    mj_comPos(&m, data.get());
    mj_camlight(&m, data.get());
    mj_tendon(&m, data.get());
  }

  mjvCamera look() const {
    if (!camera) return framing->camera(*data);
    mjvCamera fixed;
    mjv_defaultCamera(&fixed);
    fixed.type = mjCAMERA_FIXED;
    fixed.fixedcamid = *camera;
    return fixed;
  }

  void draw(const mjModel& m) {
    context.make_current();
    scene.update(m, *data, look());
    const mjrRect whole{0, 0, options.width, options.height};
    mjr_render(whole, &scene.get(), &uploaded.get());
    mjr_readPixels(rows.data(), plain ? depth.data() : nullptr, whole, &uploaded.get());
    if (plain) paint_background();
  }

  /// Where nothing was drawn, a shade from kBottom to kTop.
  void paint_background() {
    const auto width = static_cast<std::size_t>(options.width), height = static_cast<std::size_t>(options.height);
    for (std::size_t y = 0; y < height; ++y) {
      const double up = static_cast<double>(y) / static_cast<double>(height);
      std::array<uint8_t, 3> shade;
      for (std::size_t c = 0; c < 3; ++c) shade[c] = static_cast<uint8_t>(kBottom[c] + up * (kTop[c] - kBottom[c]));
      for (std::size_t x = 0; x < width; ++x)
        if (depth[y * width + x] >= 1) std::copy(shade.begin(), shade.end(), &rows[3 * (y * width + x)]);
    }
  }

  /// OpenGL's rows begin at the bottom.
  void copy_upright(std::span<uint8_t> rgb) const {
    const std::size_t row = 3 * static_cast<std::size_t>(options.width);
    for (std::size_t from = rows.size(), to = 0; from > 0; to += row) {
      from -= row;
      std::copy_n(&rows[from], row, &rgb[to]);
    }
  }

  RendererOptions options;
  std::shared_ptr<const Model> model;
  MjDataPtr data;
  std::optional<int> camera;
  GlContext context;
  Uploaded uploaded;
  Scene scene;
  bool plain;  ///< The model has no sky.
  std::vector<uint8_t> rows;
  std::vector<float> depth;
  std::optional<Framing> framing;
};

Renderer::Renderer(std::shared_ptr<const Model> model, RendererOptions options) {
  install_mujoco_handlers();
  impl_ = std::make_unique<Impl>(std::move(model), std::move(options));
}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

int Renderer::width() const {
  return impl_->options.width;
}
int Renderer::height() const {
  return impl_->options.height;
}
std::size_t Renderer::size() const {
  return impl_->rows.size();
}

void Renderer::draw(const Simulator& sim, std::span<uint8_t> rgb) {
  draw(sim, sim.qpos(), rgb);
}

void Renderer::draw(const Simulator& sim, std::span<const double> qpos, std::span<uint8_t> rgb) {
  Impl& s = *impl_;
  if (rgb.size() != s.rows.size()) throw std::invalid_argument("Renderer: the picture has another size");
  if (qpos.size() != sim.qpos().size() || qpos.size() != static_cast<std::size_t>(s.native()->nq))
    throw std::invalid_argument("Renderer: the positions are those of another model");
  const mjModel& m = sim.native().model;
  s.place(m, qpos);
  s.draw(m);
  s.copy_upright(rgb);
}

}  // namespace duet
