#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Writes derivatives out as nodes: in place of a `minimize` stand the nodes of its block, those that compute the
/// gradient of the loss, and a `descend`; in place of a `gradient` the nodes of its block and those of the derivatives.
/// Inner ones come first, so that second derivatives are those of plain nodes. A node of a derivative has the span of
/// the node whose derivative it is. What has a derivative that cannot be written as nodes (through a quantile
/// along an axis of open size, through a concat after a part of open size, through a group with results that have not
/// exactly one axis beside the rows, through fused operations, tiles and layers with activations) is left as it is.
/// Requires: a well-formed program. Establishes: no `minimize` and no `gradient`, but for those.
bool differentiate(Program& program, Notes& notes);

inline constexpr Pass kDifferentiate{"differentiate", "write gradients and steps of optimizers out as nodes",
                                     differentiate};

}  // namespace duet
