#pragma once

#include <string>
#include <vector>

#include "runtime/ops/type.h"

namespace duet::plan {

/// Where the elements of a value lie, counted in floats from its first element: sizes and strides in the order of the
/// axes of its type. A stride of 0 repeats an element along an axis.
struct Layout {
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;

  int64_t elements() const;
  /// Row-major without gaps, so that the value is one run of elements() floats.
  bool contiguous() const;
  bool operator==(const Layout&) const = default;
};

/// Row-major without gaps.
Layout contiguous_layout(std::vector<int64_t> sizes);

/// The position of the axis called `name`; std::logic_error if there is none.
size_t position(const std::vector<Axis>& axes, const std::string& name);
bool has_axis(const std::vector<Axis>& axes, const std::string& name);

/// The axes of `axes` that are not called one of `names`.
std::vector<Axis> without(const std::vector<Axis>& axes, const std::vector<std::string>& names);
std::vector<Axis> joined(std::vector<Axis> a, const std::vector<Axis>& b);

/// Strides of a value with the axes `from` seen along the axes `to`: 0 for an axis that it lacks. Every axis of `from`
/// must be in `to` (std::logic_error).
std::vector<int64_t> aligned_strides(const Layout& layout, const std::vector<Axis>& from, const std::vector<Axis>& to);

/// The value seen along the axes `to`, each of which it must have.
Layout permuted(const Layout& layout, const std::vector<Axis>& from, const std::vector<Axis>& to);

}  // namespace duet::plan
