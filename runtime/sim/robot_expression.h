#pragma once

// Private to runtime/sim.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/sim/double_tape.h"

namespace duet {

/// When an input of an expression is read: at the start of an episode, just before the physics of a control step, or
/// whenever the expression is evaluated.
enum class Moment { episode, before, now };

struct InputSource {
  Moment moment = Moment::now;
  std::span<const double> values;
};

/// Where the input of that name comes from.
using InputResolver = std::function<InputSource(const std::string& name)>;

/// One clause of a robot's script with its inputs. It must not move: the inputs point into it.
class RobotExpression {
 public:
  /// `clause` is the word of the script, for messages. Throws std::logic_error if an input does not fit.
  RobotExpression(std::string clause, const Program& program, const RobotBlock& block, const InputResolver& resolve);
  RobotExpression(const RobotExpression&) = delete;
  RobotExpression& operator=(const RobotExpression&) = delete;

  /// Reads the inputs that belong to this moment.
  void read(Moment moment);
  /// Reads what is of now and evaluates.
  void run(DrawKey key = {});

  const DoubleTape& tape() const { return tape_; }
  /// The first number of result `i`.
  double scalar(std::size_t i = 0) const { return tape_.scalar(i); }
  /// Copies result `i` to `out`. Throws Error E0602, which calls it `what`, for a number that is not finite.
  void take(std::size_t i, std::span<double> out, const char* what) const;
  /// Throws std::logic_error unless result `i` has `size` numbers.
  void require_result(std::size_t i, std::size_t size) const;
  /// Error E0602 for a number of result `i` that is not finite, at the expression that made it.
  [[noreturn]] void throw_bad(const std::string& what, double number, std::size_t i) const;
  /// Where result `i` was computed last; of no file if it is an input.
  Span place() const { return last_span_; }

 private:
  struct Input {
    InputSource source;
    std::span<double> to;  ///< a parameter of the tape
  };

  [[noreturn]] void fail(const std::string& fault) const;

  std::string clause_;
  DoubleTape tape_;
  Span last_span_;
  std::vector<Input> inputs_;
};

}  // namespace duet
