#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/plan/body.h"
#include "runtime/plan/in_order.h"

namespace duet {

/// A block of a program that is run again and again from outside, without allocating anything.
class PreparedBlock {
 public:
  /// Keeps a copy of the block. `sizes`: of the parameters, each in the order of its type's axes.
  PreparedBlock(plan::Engine& engine, const Block& block, const std::vector<std::vector<int64_t>>& sizes);

  /// Whether it was made of an equal block, places in the script aside, for parameters of these sizes.
  bool is_of(const Block& block, const std::vector<std::vector<int64_t>>& sizes) const;

  /// Parameter `i`, to be filled before a run: elements in the order of its type's axes.
  std::span<float> input(size_t i) const { return {inputs_.at(i).data(), elements_.at(i)}; }
  /// Runs the block once, under a tick of its own. Effects inside happen.
  void run();
  /// Result `i` of the last run: elements in the order of its type's axes. Stays until the next run.
  std::span<const float> output(size_t i) const { return outputs_.at(i); }
  /// The sizes of result `i`.
  const std::vector<int64_t>& sizes(size_t i) const { return body_->result(i).sizes; }

 private:
  plan::Engine& engine_;
  Block block_;
  std::vector<std::vector<int64_t>> sizes_;
  std::vector<plan::Buffer> inputs_;
  std::vector<size_t> elements_;  // of the parameters
  std::unique_ptr<plan::Body> body_;
  std::vector<plan::InOrder> in_order_;  // of the results
  std::vector<std::span<const float>> outputs_;
};

}  // namespace duet
