#pragma once

#include <string>
#include <vector>

#include "compiler/graph/builder.h"
#include "runtime/program/program.h"

// Robots whose graphs are built by hand, as their scripts would be lowered.

namespace duet::test {

/// Builds the blocks of a robot's script.
class RobotWriter {
 public:
  explicit RobotWriter(Program& program) : b(program) {}

  void begin() {
    b.open();
    inputs_.clear();
  }
  ValueId input(const std::string& name, const std::vector<Axis>& axes) {
    inputs_.push_back(name);
    return b.parameter({Kind::real, axes}, name);
  }
  RobotBlock end(const std::vector<ValueId>& results) {
    RobotBlock block{b.close(), inputs_};
    block.block.results = results;
    return block;
  }

  /// Nodes get spans that count up, so that a test can tell one from the other.
  Span next() { return {1, ++spans_, spans_ + 1}; }
  ValueId number(double x) { return b.constant(x, next()); }
  ValueId un(Op op, ValueId x) { return b.unary(op, x, next()); }
  ValueId bin(Op op, ValueId x, ValueId y) { return b.binary(op, x, y, next()); }
  ValueId vector(const std::vector<double>& numbers, const std::string& axis);
  ValueId element_at(ValueId x, const std::string& axis, ValueId index);
  ValueId element(ValueId x, const std::string& axis, int index) { return element_at(x, axis, number(index)); }
  ValueId slice(ValueId x, const std::string& axis, int64_t from, int64_t to) {
    return b.slice(x, axis, from, to, next());
  }
  ValueId join(const std::vector<ValueId>& parts);
  ValueId sum(ValueId x, const std::string& axis) { return b.reduce(Op::sum, x, {axis}, next()); }
  ValueId clip(ValueId x, double low, double high) {
    return bin(Op::minimum, bin(Op::maximum, x, number(low)), number(high));
  }
  ValueId draw(const std::string& distribution, const std::vector<Axis>& axes, int64_t site);

  Builder b;

 private:
  std::vector<std::string> inputs_;
  uint32_t spans_ = 0;
};

/// Where the episode starts: a fixed state, or as the script says if `qpos` is empty.
struct Start {
  std::vector<double> qpos, qvel;
};

/// The program with a reset to a fixed state.
Program with_start(Program program, const Start& start);

Program half_cheetah(const Start& start = {});
Program hopper(const Start& start = {});
Program inverted_double_pendulum(const Start& start = {});

}  // namespace duet::test
