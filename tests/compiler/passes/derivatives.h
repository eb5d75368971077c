#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/interp/interpreter.h"
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {

/// A function of random inputs, as graph text: parameters %10, %11 ... with these types; its value is %90.
struct Function {
  std::string name;
  std::vector<std::string> inputs;
  std::string body;
};

inline void PrintTo(const Function& f, std::ostream* out) {
  *out << f.name;
}

/// A program whose main has as results a scalar and its derivatives towards the inputs of `f`. The scalar is the sum of
/// the elements of %90, each times a random number.
Program gradient_of(const Function& f);

/// What the results of main are.
std::vector<TensorData> results_of(const Program& program);

/// The same program with its derivatives written out, and the passes that clean up after that. Failures of the test if
/// a derivative is left, or if the program is not well-formed.
Program written_out(Program program);

/// Each tensor against its twin, relative to its largest element; NaN equals NaN.
void expect_close(const std::vector<TensorData>& got, const std::vector<TensorData>& wanted, double tolerance);

/// Nodes of the program, nested ones included, that have the operation.
size_t count_of(const Program& program, Op op);

}  // namespace duet::test
