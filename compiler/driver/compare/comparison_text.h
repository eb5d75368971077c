#pragma once

#include <string>

#include "runtime/run/comparison.h"

namespace duet {

/// A comparison as tables for a terminal.
std::string comparison_text(const Comparison& comparison);

/// "12.3 [10.1, 15.0]", or without interval only the value; infinity is "never".
std::string estimate_text(const Estimate& estimate);

}  // namespace duet
