#pragma once

// Private to runtime/sim.

#include <string>
#include <string_view>
#include <vector>

namespace duet {

/// A help text for an unknown name: the nearest known one if it is close, and all of them.
std::string help_near_names(std::string_view name, const std::vector<std::string>& known);

}  // namespace duet
