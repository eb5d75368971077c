#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Layers whose weights are chosen by an index (`take` along an axis of members) read the chosen ones in place: the
/// index becomes an input of the layer, and no copy of weights is made for every row. Only where layers alone read the
/// copies, and not where a derivative is taken.
/// What is no longer read stays for drop_unused.
/// Requires: a well-formed program.
bool select_weights(Program& program, Notes& notes);

inline constexpr Pass kSelectWeights{"select_weights", "read the weights of chosen members where they are",
                                     select_weights};

}  // namespace duet
