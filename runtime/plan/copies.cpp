#include "runtime/kernels/gather.h"
#include "runtime/plan/body.h"

/// Moving values into other orders of axes.
namespace duet::plan {

std::function<void(const float*, float*)> strided_copy(const Layout& from, const Layout& to) {
  return [kernel = kernels::StridedCopy(from.sizes, from.strides, to.strides)](const float* x, float* y) {
    kernel.run(x, y);
  };
}

std::function<void(Thread&, float*)> copier(const Preparing& preparing, ValueId id, const std::vector<Axis>& order,
                                            const Layout& to) {
  const Layout from{to.sizes, aligned_strides(preparing.layout(id), preparing.axes(id), order)};
  return [id, copy = strided_copy(from, to)](Thread& thread, float* y) { copy(thread.value(id), y); };
}

Preparing::Operand Preparing::operand(ValueId id, const std::vector<Axis>& order) {
  const Layout seen = permuted(layout(id), axes(id), order);
  if (seen.contiguous()) return {{}, nullptr, id, contiguous_layout(seen.sizes)};
  const Layout to = contiguous_layout(seen.sizes);
  auto buffer = std::make_shared<Buffer>(static_cast<size_t>(to.elements()));
  const auto copy = copier(*this, id, order, to);
  return {[copy, buffer](Thread& thread) { copy(thread, buffer->data()); }, buffer, id, to};
}

}  // namespace duet::plan
