#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// How often each value is read in a block: as an input of a node, nested ones included, or as a block's result.
std::unordered_map<ValueId, int> count_uses(const Block& block);

/// The values from outside that a node reads, those read inside its blocks included.
std::unordered_set<ValueId> values_read(const Node& node);

}  // namespace duet
