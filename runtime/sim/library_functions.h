#pragma once

#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// For each element of the block's first result, whether it is made with a function of the maths library (sine,
/// exponential ...), whose last digit differs from library to library; all else rounds alike everywhere. Throws
/// std::logic_error if a double tape cannot do the block.
std::vector<bool> made_by_library_functions(const Program& program, const Block& block);

}  // namespace duet
