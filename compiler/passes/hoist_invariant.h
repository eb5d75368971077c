#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Moves what every step of a scan or iteration computes alike to before it: nodes without draws and effects whose
/// inputs all come from outside, reads of states included if nothing inside changes these. Inner loops come first, so
/// that a node may leave several of them. Nodes stay inside `minimize`, `gradient`, `group`, `choose` and
/// the blocks of effects, and where the size of an axis is known only from values inside.
/// Requires: a well-formed program.
bool hoist_invariant(Program& program, Notes& notes);

inline constexpr Pass kHoistInvariant{"hoist_invariant", "compute before a loop what does not change in it",
                                      hoist_invariant};

}  // namespace duet
