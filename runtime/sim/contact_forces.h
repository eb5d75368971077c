#pragma once

// Private to runtime/sim.

#include <cstddef>
#include <utility>
#include <vector>

#include "runtime/sim/mujoco_door.h"

namespace duet {

/// The normal force between any two geoms in newtons, the sum over their contacts; symmetric, zero without contact.
class ContactForces {
 public:
  explicit ContactForces(int geoms);

  /// ngeom x ngeom, row by row.
  double* values() { return values_.data(); }

  /// Takes the contacts of `data` as they are. Nothing is allocated unless there are more contacts than ever before.
  void read(const mjModel& model, const mjData& data);

  /// Says that values() were written from outside.
  void overwritten() { known_ = false; }

 private:
  std::size_t geoms_;
  std::vector<double> values_;
  std::vector<std::pair<int, int>> touching_;  ///< the pairs that are not zero
  bool known_ = true;                          ///< whether `touching_` has them all
};

}  // namespace duet
