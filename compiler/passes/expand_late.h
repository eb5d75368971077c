#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Computes alike things once: what is done with a value that is the same all along an axis (made by `expand`) is done
/// with the value before it was repeated, and the result is repeated where a reader needs it so. Sequences and outputs
/// of scans are taken along. A mean over such an axis is the value, a sum so many times it.
/// Axes whose size is not known stay as they are. What is no longer read stays for drop_unused.
/// Requires: a well-formed program.
bool expand_late(Program& program, Notes& notes);

inline constexpr Pass kExpandLate{"expand_late", "compute once what is alike all along an axis", expand_late};

}  // namespace duet
