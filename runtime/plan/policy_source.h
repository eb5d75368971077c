#pragma once

#include <set>

#include "runtime/program/program.h"

namespace duet::plan {

/// An `evaluate` node of a program, and what its blocks need.
struct PolicySource {
  Block leading;  // computes the values of enclosing blocks that begin and act read, as far as they are not known
  Node evaluate;
};

/// Finds `evaluate`, or the node it is a copy of, in the program. `known`: values that need not be computed.
/// std::logic_error if it is not there, or reads what comes of effects only.
PolicySource find_policy(const Program& program, const Node& evaluate, const std::set<ValueId>& known);

}  // namespace duet::plan
