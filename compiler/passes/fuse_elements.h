#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Puts chains of element-wise operations on the same axes into `fused` nodes, which go over memory once. A chain is moved
/// to its last operation before something else reads one of its values; later operations that need nothing new are done
/// there, too. The same numbers.
bool fuse_elements(Program& program, Notes& notes);

inline constexpr Pass kFuseElements{"fuse_elements", "computes chains of element-wise operations in one pass over memory",
                                    fuse_elements};

}  // namespace duet
