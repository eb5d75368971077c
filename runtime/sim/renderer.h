#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/sim/simulator.h"

namespace duet {

struct RendererOptions {
  int width = 640, height = 480;  // pixels
  std::string camera;    // of the model; empty: its camera "track", or if it has none as for "free": a camera of ours
  bool shadows = false;  // several times slower without a graphics card
  int samples = 4;       // per pixel, against jagged edges; 0: none, several times faster without a graphics card
};

/// Draws a robot off screen: without shadows unless asked for, and without reflections and haze. A model without a
/// sky gets a plain background, one without lights a lamp at the camera. Not for two threads at once.
class Renderer {
 public:
  /// Works for all simulators of `model`, also where they have changed numbers of it. Throws Error E0620 if OpenGL
  /// cannot be had, E0621 if the model has no such camera; std::invalid_argument if a size is not positive.
  Renderer(std::shared_ptr<const Model> model, RendererOptions options);
  ~Renderer();
  Renderer(Renderer&&) noexcept;
  Renderer& operator=(Renderer&&) noexcept;

  int width() const;
  int height() const;

  /// Numbers in a picture: width x height x 3.
  std::size_t size() const;

  /// The state of the simulator as a picture: rows from the top, red green blue in 0..255. `rgb` has size() elements,
  /// else std::invalid_argument. The positions are those of qpos (after a step, MuJoCo's own are a frame older).
  void draw(const Simulator& sim, std::span<uint8_t> rgb);

  /// The same with other positions of the joints; `qpos` has nq elements.
  void draw(const Simulator& sim, std::span<const double> qpos, std::span<uint8_t> rgb);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
