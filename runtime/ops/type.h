#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duet {

/// What the elements of a value are. Booleans are 0 or 1; an index is a position along some axis.
enum class Kind { real, boolean, index };

/// The size of an axis that is not known yet: a robot's axes before a robot is chosen, or the rows of a data set.
inline constexpr int64_t kUnknownSize = -1;

struct Axis {
  std::string name;
  int64_t size = kUnknownSize;
  bool operator==(const Axis&) const = default;
};

/// The type of every value: a tensor with named axes. The order of the axes is the layout in memory (last is
/// contiguous); it never changes what a program means.
struct Type {
  Kind kind = Kind::real;
  std::vector<Axis> axes;
  bool operator==(const Type&) const = default;

  bool scalar() const { return axes.empty(); }
  /// The position of the axis called `name`, or -1.
  int find(const std::string& name) const;
  bool has(const std::string& name) const { return find(name) >= 0; }
  /// The size of the axis called `name`; the axis must be there.
  int64_t size_of(const std::string& name) const;
  /// The number of elements, or `kUnknownSize`.
  int64_t elements() const;
  /// The same type without the axis called `name`.
  Type without(const std::string& name) const;
};

/// `real[H: 5, action: 6]`.
std::string to_string(const Axis& axis);
std::string to_string(const Type& type);

/// Two sizes agree if they are equal or one of them is unknown.
inline bool sizes_agree(int64_t a, int64_t b) {
  return a == b || a == kUnknownSize || b == kUnknownSize;
}

/// The axes of an operation on `a` and `b`: all axes of both, each once, in an order that keeps the order of both
/// where they do not contradict each other (then the order of `a` wins). Empty if a shared axis has two sizes.
std::optional<std::vector<Axis>> merge_axes(const std::vector<Axis>& a, const std::vector<Axis>& b);

/// The name of an axis that differs in size between `a` and `b`, if any.
std::optional<std::string> clashing_axis(const std::vector<Axis>& a, const std::vector<Axis>& b);

}  // namespace duet
