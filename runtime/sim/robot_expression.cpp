#include "runtime/sim/robot_expression.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "runtime/core/error.h"

namespace duet {

RobotExpression::RobotExpression(std::string clause, const Program& program, const RobotBlock& block,
                                 const InputResolver& resolve)
    : clause_(std::move(clause)),
      tape_(program, block.block),
      last_span_(block.block.nodes.empty() ? Span{} : block.block.nodes.back().span) {
  if (block.inputs.size() != tape_.parameter_count()) fail("its inputs do not match the block's parameters");
  for (std::size_t i = 0; i < block.inputs.size(); ++i) {
    const Input input{resolve(block.inputs[i]), tape_.parameter(i)};
    if (input.source.values.size() != input.to.size())
      fail("input '" + block.inputs[i] + "' has " + std::to_string(input.source.values.size()) +
           " numbers here, but the block's parameter " + std::to_string(input.to.size()));
    inputs_.push_back(input);
  }
}

void RobotExpression::read(Moment moment) {
  for (const Input& input : inputs_)
    if (input.source.moment == moment)
      std::copy(input.source.values.begin(), input.source.values.end(), input.to.begin());
}

void RobotExpression::run(DrawKey key) {
  read(Moment::now);
  tape_.run(key);
}

void RobotExpression::take(std::size_t i, std::span<double> out, const char* what) const {
  tape_.read(i, out);
  for (std::size_t e = 0; e < out.size(); ++e)
    if (!std::isfinite(out[e])) throw_bad("element " + std::to_string(e) + " of " + what, out[e], i);
}

void RobotExpression::require_result(std::size_t i, std::size_t size) const {
  if (i < tape_.result_count() && tape_.result_size(i) == size) return;
  fail("result " + std::to_string(i) + " should have " + std::to_string(size) + " elements");
}

void RobotExpression::throw_bad(const std::string& what, double number, std::size_t i) const {
  const Span culprit = tape_.culprit(i);
  const char* kind = std::isnan(number) ? "not a number" : number > 0 ? "infinite" : "minus infinite";
  throw Error("E0602", what + " is " + kind,
              "divisions by zero, roots and logarithms of negative numbers, and overflows make such numbers",
              culprit.known() ? culprit : last_span_);
}

void RobotExpression::fail(const std::string& fault) const {
  throw std::logic_error("robot: " + clause_ + ": " + fault);
}

}  // namespace duet
