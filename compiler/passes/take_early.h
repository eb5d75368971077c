#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Computes only the part of a value that is read: `take` with a single index and `slice` move towards what makes the
/// value, through element-wise operations, reductions, layers, products, joined parts and repetition, until they stand
/// on something that several read, that is not computed, or that is made outside the block. A layer of which one member
/// or some outputs are read so becomes a layer of one member or fewer outputs, and so does a derivative that goes back
/// through a layer to some of its inputs. What is no longer read stays for drop_unused. Requires: a well-formed
/// program.
bool take_early(Program& program, Notes& notes);

inline constexpr Pass kTakeEarly{"take_early", "compute only those parts of values that are read", take_early};

}  // namespace duet
