#include "runtime/plan/layout.h"

#include <algorithm>
#include <stdexcept>

namespace duet::plan {

int64_t Layout::elements() const {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}

bool Layout::contiguous() const {
  int64_t expected = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] == 1) continue;
    if (strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

Layout contiguous_layout(std::vector<int64_t> sizes) {
  Layout layout{std::move(sizes), {}};
  layout.strides.resize(layout.sizes.size());
  int64_t stride = 1;
  for (size_t d = layout.sizes.size(); d-- > 0;) {
    layout.strides[d] = stride;
    stride *= layout.sizes[d];
  }
  return layout;
}

bool has_axis(const std::vector<Axis>& axes, const std::string& name) {
  return std::ranges::any_of(axes, [&](const Axis& axis) { return axis.name == name; });
}

size_t position(const std::vector<Axis>& axes, const std::string& name) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].name == name) return i;
  throw std::logic_error("no axis is called " + name);
}

std::vector<Axis> without(const std::vector<Axis>& axes, const std::vector<std::string>& names) {
  std::vector<Axis> rest;
  for (const Axis& axis : axes)
    if (std::ranges::find(names, axis.name) == names.end()) rest.push_back(axis);
  return rest;
}

std::vector<Axis> joined(std::vector<Axis> a, const std::vector<Axis>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<int64_t> aligned_strides(const Layout& layout, const std::vector<Axis>& from, const std::vector<Axis>& to) {
  std::vector<int64_t> strides(to.size(), 0);
  for (size_t i = 0; i < from.size(); ++i) strides[position(to, from[i].name)] = layout.strides[i];
  return strides;
}

Layout permuted(const Layout& layout, const std::vector<Axis>& from, const std::vector<Axis>& to) {
  Layout seen;
  for (const Axis& axis : to) {
    const size_t at = position(from, axis.name);
    seen.sizes.push_back(layout.sizes[at]);
    seen.strides.push_back(layout.strides[at]);
  }
  return seen;
}

}  // namespace duet::plan
