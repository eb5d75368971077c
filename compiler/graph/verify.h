#pragma once

#include <string>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

struct VerifyOptions {
  /// Sizes must be known, but for those that come from data (rows of a memory, batches, chunks). Off while no robot is
  /// chosen. An unknown size agrees with any other either way.
  bool sizes_known = false;
};

/// Everything that is wrong with the program, each as "main/2 scan/0 ...: what"; empty if it is well-formed:
///   - every value is made once, before it is used, in the same block or one around it;
///   - every node has the inputs, results, blocks and attributes of its operation (schema.h);
///   - the types agree with the rule of the operation (runtime/ops/ops.def), ids of states and memories exist;
///   - nodes with effects stand only where effects are allowed; robots only compute.
std::vector<std::string> verify(const Program& program, const VerifyOptions& options = {});

}  // namespace duet
