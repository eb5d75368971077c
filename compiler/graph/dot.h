#pragma once

#include <string>

#include "runtime/program/program.h"

namespace duet {

/// The main block as a Graphviz digraph: one box per node (operation, the value's name, its type), one cluster per
/// nested block, solid edges for values, dashed edges that chain effects in their order.
std::string to_dot(const Program& program);

}  // namespace duet
