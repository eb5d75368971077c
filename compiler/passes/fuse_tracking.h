#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Lets an optimizer's step move the slow copies of its parameters, too: a `track` of all that a `descend` before it
/// has changed becomes attributes of that, unless something between them looks at the slow states or changes either.
/// The same numbers, one pass over memory.
bool fuse_tracking(Program& program, Notes& notes);

inline constexpr Pass kFuseTracking{"fuse_tracking", "moves slow copies together with their parameters", fuse_tracking};

}  // namespace duet
