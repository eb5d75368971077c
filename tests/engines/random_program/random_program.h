#pragma once

#include "runtime/program/program.h"

namespace duet::test {

/// A well-typed program of random operations on random named axes: element-wise operations, reductions, products,
/// reshaping and indexing, draws, loops, and the derivative of a random function. The results of main are some of its
/// values. Numbers stay moderate and no operation is ill-conditioned; what decides something (an index, a condition)
/// is computed without rounding, so that it is the same on every engine. A `heavy` program begins with layers that are
/// worth cutting into tiles.
Program random_program(unsigned seed, bool heavy);

}  // namespace duet::test
