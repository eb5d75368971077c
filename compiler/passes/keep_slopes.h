#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Lets a layer whose swish is differentiated make both, the swish and its slope, before the product leaves the
/// registers: sigmoid(x) + swish(x) (1 - sigmoid(x)) of a `linear` that nothing else reads becomes its second result.
bool keep_slopes(Program& program, Notes& notes);

inline constexpr Pass kKeepSlopes{"keep_slopes", "makes the slope of an activation together with it", keep_slopes};

}  // namespace duet
