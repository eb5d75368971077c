#pragma once

#include <string>

#include "runtime/program/program.h"

namespace duet {

/// What a node does with an axis.
enum class AxisRole {
  free,     // it does not know the axis
  mapped,   // its results have the axis, and an element along it depends only on the same element of what it reads
  summed,   // its result lacks the axis, and is the sum over it of what is mapped
  blocked,  // anything else: the whole axis is needed at once
};

/// The role of `axis`, of `size` elements. Nodes that know the axis and have an effect are blocked.
AxisRole axis_role(const Program& program, const Node& node, const std::string& axis, int64_t size);

}  // namespace duet
