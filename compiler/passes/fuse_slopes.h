#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Lets a product apply the slope of an activation before it leaves the registers: x * f and `select(mask, x, 0)` of a
/// `contract` that nothing else reads, as the way back through a layer has them, become the contract's factor. The same
/// numbers.
bool fuse_slopes(Program& program, Notes& notes);

inline constexpr Pass kFuseSlopes{"fuse_slopes", "applies an activation's slope while the product is made",
                                  fuse_slopes};

}  // namespace duet
