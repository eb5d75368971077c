#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Chooses the order of the axes of values in between, so that matrix products find their operands as they need them:
/// axes that layers map over with weights of their own first (members, twins), then rows, then features, which are the
/// axes that layers contract and make and what these are renamed from and to. The orders of draws, states, transitions
/// and of the parameters and results of blocks stay, except the carries and sequences of scans and iterations.
/// Requires: a well-formed program.
bool order_axes(Program& program, Notes& notes);

inline constexpr Pass kOrderAxes{"order_axes", "lay values out as matrix products read them", order_axes};

}  // namespace duet
