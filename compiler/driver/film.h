#pragma once

#include <memory>

#include "compiler/driver/options.h"
#include "runtime/program/program.h"
#include "runtime/sim/environment.h"

namespace duet {

/// What `duet render` makes of an episode.
class Film {
 public:
  /// A film for an `options.out` that ends in .mp4, pictures of the episode on one sheet for .png. Throws UsageError
  /// E0005 for a size that is none, E0623 for another ending, and what Renderer and VideoWriter throw.
  static std::unique_ptr<Film> make(const PictureOptions& options, const RobotProgram& robot);
  virtual ~Film() = default;

  /// Shows the next moment of the episode, from the reset on: `robot` as it is now. After the last one (the
  /// episode has `ended`, or `options.steps` are done) the film is on the disk. Returns whether it goes on.
  bool show(const Environment& robot, bool ended);

  /// Seconds of one control step.
  static double control_step(const RobotProgram& robot, const Model& model);

 protected:
  explicit Film(int64_t steps) : steps_(steps) {}

 private:
  virtual void add(const Simulator& robot) = 0;
  virtual void finish(const Simulator& robot) = 0;

  int64_t steps_;
};

}  // namespace duet
