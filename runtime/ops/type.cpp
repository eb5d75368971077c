#include "runtime/ops/type.h"

#include <algorithm>
#include <stdexcept>

namespace duet {

namespace {

int find_axis(const std::vector<Axis>& axes, const std::string& name) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace

int Type::find(const std::string& name) const {
  return find_axis(axes, name);
}

int64_t Type::size_of(const std::string& name) const {
  const int i = find(name);
  if (i < 0) throw std::logic_error("type " + to_string(*this) + " has no axis " + name);
  return axes[static_cast<size_t>(i)].size;
}

int64_t Type::elements() const {
  int64_t n = 1;
  for (const Axis& axis : axes) {
    if (axis.size == kUnknownSize) return kUnknownSize;
    n *= axis.size;
  }
  return n;
}

Type Type::without(const std::string& name) const {
  Type result = *this;
  std::erase_if(result.axes, [&](const Axis& axis) { return axis.name == name; });
  return result;
}

std::string to_string(const Axis& axis) {
  return axis.size == kUnknownSize ? axis.name : axis.name + ": " + std::to_string(axis.size);
}

std::string to_string(const Type& type) {
  std::string text = type.kind == Kind::real ? "real" : type.kind == Kind::boolean ? "bool" : "index";
  if (type.axes.empty()) return text;
  text += '[';
  for (size_t i = 0; i < type.axes.size(); ++i) text += (i ? ", " : "") + to_string(type.axes[i]);
  return text + ']';
}

std::optional<std::string> clashing_axis(const std::vector<Axis>& a, const std::vector<Axis>& b) {
  for (const Axis& axis : b) {
    const int i = find_axis(a, axis.name);
    if (i >= 0 && !sizes_agree(a[static_cast<size_t>(i)].size, axis.size)) return axis.name;
  }
  return std::nullopt;
}

std::optional<std::vector<Axis>> merge_axes(const std::vector<Axis>& a, const std::vector<Axis>& b) {
  if (clashing_axis(a, b)) return std::nullopt;
  std::vector<Axis> merged;
  size_t next = 0;  // the next axis of b to place
  for (const Axis& axis : a) {
    const int at = find_axis(b, axis.name);
    // Axes of b that stand before this shared axis go first, so that b's order is kept too.
    for (; at >= 0 && next < static_cast<size_t>(at); ++next)
      if (find_axis(a, b[next].name) < 0) merged.push_back(b[next]);
    merged.push_back(axis);
    if (at >= 0) {
      if (merged.back().size == kUnknownSize) merged.back().size = b[static_cast<size_t>(at)].size;
      next = std::max(next, static_cast<size_t>(at) + 1);
    }
  }
  for (; next < b.size(); ++next)
    if (find_axis(a, b[next].name) < 0) merged.push_back(b[next]);
  return merged;
}

}  // namespace duet
