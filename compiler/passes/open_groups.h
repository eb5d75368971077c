#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Takes the block of a `group` out of it where many rows have their member in common (all candidates of a start are
/// planned with one member): rows need not be collected, each set of rows reads the weights of its own member, which
/// select_weights then does in place, and everything is mapped over the axes of the rows, so that it can be cut into
/// tiles. Groups of rows that choose one by one stay, since sorting them makes larger products.
bool open_groups(Program& program, Notes& notes);

inline constexpr Pass kOpenGroups{"open_groups", "lets rows with a member in common use its weights without being collected",
                                  open_groups};

}  // namespace duet
