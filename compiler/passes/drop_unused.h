#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Removes what nobody reads: nodes without effects, outputs and carries of scans and iterations, sequences that a scan
/// does not use, results of choose, group and minimize. Works from the end of every block to its start.
/// Requires: a well-formed program. Establishes: every node has an effect or a result that is used.
bool drop_unused(Program& program, Notes& notes);

inline constexpr Pass kDropUnused{"drop_unused", "remove nodes and results that nothing reads", drop_unused};

}  // namespace duet
