#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Does the first step of a scan before it where the scan starts with a carry that is alike all along an axis, so that
/// expand_late can do that step once for all of them. The step is a scan of one step without carries: the carries of
/// the scan are its outputs, and its draws are those that they were.
/// Only where this would save a twentieth of the arithmetic of the scan, and only scans without effects.
/// Requires: a well-formed program.
bool peel_first_step(Program& program, Notes& notes);

inline constexpr Pass kPeelFirstStep{
    "peel_first_step", "take the first step out of a scan that starts alike along an axis", peel_first_step};

}  // namespace duet
