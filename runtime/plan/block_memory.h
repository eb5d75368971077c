#pragma once

#include <cstddef>

#include "runtime/program/program.h"

namespace duet {

/// The memory of a block in which the values that it makes lie.
struct BlockMemory {
  const Block* block = nullptr;
  size_t values = 0;  // that have a place of their own
  size_t bytes = 0;   // values whose lives do not overlap share their place
  size_t apart = 0;   // bytes, if none did
};

}  // namespace duet
