#include "runtime/plan/in_order.h"

#include "runtime/plan/body.h"

namespace duet::plan {

InOrder::InOrder(const std::vector<Axis>& axes, const std::vector<Axis>& order) : axes_(axes), order_(order) {}

std::span<const float> InOrder::operator()(const float* x, const Layout& layout) {
  if (!seen_ || layout != layout_) look(layout);
  const auto elements = static_cast<size_t>(layout.elements());
  if (!copy_) return {x, elements};
  copy_(x, buffer_.data());
  return {buffer_.data(), elements};
}

void InOrder::look(const Layout& layout) {
  const Layout from = permuted(layout, axes_, order_), to = contiguous_layout(from.sizes);
  layout_ = layout;
  seen_ = true;
  copy_ = nullptr;
  if (from.contiguous()) return;
  copy_ = strided_copy(from, to);
  if (buffer_.size() < static_cast<size_t>(to.elements())) buffer_ = Buffer(static_cast<size_t>(to.elements()));
}

}  // namespace duet::plan
