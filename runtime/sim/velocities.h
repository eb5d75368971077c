#pragma once

// Private to runtime/sim.

#include <vector>

#include "runtime/sim/mujoco_door.h"

namespace duet {

/// Velocities of bodies and sites along the axes of the world: how their frames' origins move, in metres a second, and
/// how they turn, in radians a second. MuJoCo itself keeps those of bodies as seen from centres of mass (`cvel`).
class Velocities {
 public:
  explicit Velocities(const mjModel& model);

  /// xvelp, xvelr (nbody x 3), site_xvelp and site_xvelr (nsite x 3), as long as this lives.
  std::vector<QuantitySlot> slots();

  /// Computes them from the positions and velocities that `data` holds.
  void read(const mjModel& model, const mjData& data);

 private:
  std::vector<double> body_linear_, body_angular_, site_linear_, site_angular_;
};

/// The shapes alone; `values` is null.
std::vector<QuantitySlot> velocity_shapes(const mjModel& model);

}  // namespace duet
