#pragma once

#include <functional>
#include <span>

#include "runtime/plan/buffer.h"
#include "runtime/plan/layout.h"

namespace duet::plan {

/// Gives a value's elements row by row in a wanted order of axes, however they lie: for the results of blocks, which
/// may lie differently from one run to the next. Allocates only when they do.
class InOrder {
 public:
  /// Every axis of `order` must be in `axes`, and the other way round.
  InOrder(const std::vector<Axis>& axes, const std::vector<Axis>& order);
  /// In the value's own order.
  explicit InOrder(const std::vector<Axis>& axes) : InOrder(axes, axes) {}

  /// Where they lie, or a copy that stays until the next call.
  std::span<const float> operator()(const float* x, const Layout& layout);

 private:
  void look(const Layout& layout);

  std::vector<Axis> axes_, order_;
  Layout layout_;  // as last seen
  bool seen_ = false;
  std::function<void(const float* from, float* to)> copy_;  // empty: nothing to be copied
  Buffer buffer_;
};

}  // namespace duet::plan
