#pragma once

#include "runtime/program/program.h"

namespace duet {

/// Whether the double tape, which evaluates a robot's script, can compute the node. Draws are uniform or normal; nothing
/// with blocks and nothing that reads or changes state of the program is possible.
bool fits_tape(const Node& node);

}  // namespace duet
