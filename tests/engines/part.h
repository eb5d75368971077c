#pragma once

#include <string>
#include <vector>

#include "runtime/program/program.h"

namespace duet::test {

/// A piece of an algorithm that is evaluated alone.
struct Part {
  std::string name;  // "planning 0"
  Block block;
};

/// The pieces of which a run of the algorithm consists, in the order of the script: what each interact and evaluate
/// does at the start of an episode and at a step (planning, acting), an update of a learner, a piece of the recorded
/// plans, and one epoch of a fit in place of as many as it takes. The program gets values for the blocks that are new.
std::vector<Part> parts_of(Program& program);

}  // namespace duet::test
