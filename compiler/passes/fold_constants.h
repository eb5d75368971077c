#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Does at compile time what can be done then: arithmetic on constants and short constant vectors (in single precision,
/// as at run time), sizes, choices between values by a constant. What changes nothing goes away: adding 0, multiplying
/// or dividing by 1, a power of 1, a slice of the whole axis, a cast to the same kind, renames in a row, carries that
/// every step passes on as they are; a reduction over axes of one element becomes that element.
/// Requires: a well-formed program.
bool fold_constants(Program& program, Notes& notes);

inline constexpr Pass kFoldConstants{"fold_constants", "compute what is known before the run", fold_constants};

}  // namespace duet
