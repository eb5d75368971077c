#pragma once

// Private to runtime/sim: where the camera stands when the model does not say.

#include <array>

#include "runtime/sim/mujoco_door.h"

namespace duet {

/// A camera for models that bring none. The robot is the kinematic tree with the most driven joints. If it can go
/// anywhere (a free joint, or an unlimited slide at its root) the camera follows its centre of mass, at a distance from
/// which the robot as it stands in `start` fits into the picture. Any other robot is seen from a fixed place with all
/// that it can reach, and with the other things that move as they lie in `start`.
class Framing {
 public:
  /// `start` has its positions computed. `aspect` is width / height of the picture.
  Framing(const mjModel& model, const mjData& start, double aspect);

  /// The camera for the present positions: a function of these alone.
  mjvCamera camera(const mjData& now) const;

 private:
  int followed_ = -1;  // root body of the robot that is followed; -1: none
  std::array<double, 3> centre_{};
  double distance_ = 0;
};

}  // namespace duet
