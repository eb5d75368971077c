#pragma once

// Private to runtime/sim: what MuJoCo noticed while it stepped, in words.

#include <string>

#include "runtime/core/error.h"
#include "runtime/sim/mujoco_door.h"

namespace duet {

/// Forgets earlier bad numbers, so that the next describe_instability() speaks of what came after.
void clear_instability(mjData& data);

/// The bad number that MuJoCo counted (it resets the state by itself then); empty if none.
std::string describe_instability(const mjModel& model, const mjData& data);

/// The first entry of qpos, qvel or act that is not finite or beyond 1e10; empty if none.
std::string describe_bad_state(const mjModel& model, const mjData& data);

/// Warnings that do not stop the simulation, with their counts; empty if none.
std::string describe_warnings(const mjData& data);

/// Error E0601 for a fault in a step that began at `began` seconds.
Error unstable_error(const std::string& fault, double began);

}  // namespace duet
