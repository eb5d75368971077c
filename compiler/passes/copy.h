#pragma once

#include <functional>
#include <unordered_map>

#include "runtime/program/program.h"

namespace duet {

/// What stands for a value in a copy; values that are not here stand for themselves.
using Copied = std::unordered_map<ValueId, ValueId>;

/// A copy of `block` with all that is nested in it, whose parameters and nodes make values of their own. `fresh` gives
/// a new value like the one it is told. Values that `copied` has already are not made again: a parameter among them is
/// none in the copy. Adds to `copied` what the copy makes.
Block copy_block(const Block& block, Copied& copied, const std::function<ValueId(ValueId)>& fresh);

}  // namespace duet
