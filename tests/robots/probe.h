#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/robots/robot_under_test.h"

namespace duet::test {

/// A function of the script library, evaluated in double precision as robots evaluate it.
class Probe {
 public:
  /// `expression` is a vector of `outputs` numbers, made of the vector `action` of `inputs` numbers; std.legs and
  /// std.rotations are there.
  Probe(const std::string& expression, int inputs, int outputs);
  std::vector<double> operator()(const std::vector<double>& action);

 private:
  RobotUnderTest robot_;
  Environment environment_;
};

/// Numbers from low to high, the same in every run.
class Draw {
 public:
  double operator()(double low, double high);

 private:
  unsigned long state_ = 1;
};

}  // namespace duet::test
