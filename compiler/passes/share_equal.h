#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Makes equal things once: of several nodes in a block that compute the same from the same, the first stays and the
/// others' results become its. Draws are the same if their site is; reads of states, memories and counters only if
/// nothing between them may have changed what they read. Whole scans and other blocks are compared too.
/// Nodes of different blocks are never shared: a draw in a loop is another than one before it, and a parameter loaded
/// inside a `minimize` is what its gradient flows to.
/// Requires: a well-formed program.
bool share_equal(Program& program, Notes& notes);

inline constexpr Pass kShareEqual{"share_equal", "compute equal expressions once", share_equal};

}  // namespace duet
