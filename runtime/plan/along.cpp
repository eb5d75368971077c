#include <algorithm>
#include <stdexcept>

#include "runtime/kernels/rows.h"
#include "runtime/plan/body.h"

/// Operations along one axis, which is brought to the end first.
namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;

Axes with_last(const Axes& axes, const std::string& name) {
  return joined(without(axes, {name}), {axes[position(axes, name)]});
}

/// The result of a kernel that writes rows: made in the order `made`, then moved to its own order if that is another.
struct Target {
  Target(Preparing& preparing, ValueId result, const Axes& made, std::vector<int64_t> sizes) : id(result) {
    const Layout rows = contiguous_layout(sizes);
    const Axes& own = preparing.axes(result);
    Layout in_own = permuted(rows, made, own);
    preparing.allocate(result, in_own.sizes);
    if (in_own.contiguous()) return;
    buffer = std::make_shared<Buffer>(static_cast<size_t>(rows.elements()));
    move = strided_copy(in_own, preparing.layout(result));
  }
  float* data(Thread& thread) const { return buffer ? buffer->data() : thread.value(id); }
  void finish(Thread& thread) const {
    if (buffer) move(buffer->data(), thread.value(id));
  }

  ValueId id;
  std::shared_ptr<Buffer> buffer;
  std::function<void(const float*, float*)> move;
};

struct Rows {
  int64_t count, length;
};

Rows rows_of(const Layout& layout) {
  const int64_t n = layout.sizes.back();
  return {n == 0 ? 0 : layout.elements() / n, n};
}

using RowKernel = void (*)(const float* x, int64_t rows, int64_t n, float* out);

Run same_shape(Preparing& preparing, const Node& node, RowKernel kernel) {
  const Axes order = with_last(preparing.axes(node.inputs.at(0)), node.texts("axes").at(0));
  const auto x = preparing.operand(node.inputs[0], order);
  const Target y(preparing, node.results.at(0), order, x.layout.sizes);
  const Rows rows = rows_of(x.layout);
  preparing.count(static_cast<double>(x.layout.elements()));
  return [=](Thread& thread) {
    if (x.copy) x.copy(thread);
    kernel(x.data(thread), rows.count, rows.length, y.data(thread));
    y.finish(thread);
  };
}

Run prepare_top(Preparing& preparing, const Node& node) {
  const Axes order = with_last(preparing.axes(node.inputs.at(0)), node.texts("axes").at(0));
  const auto x = preparing.operand(node.inputs[0], order);
  const int64_t count = node.integer("count");
  Axes made = order;
  made.back() = {node.text("axis"), count};
  std::vector<int64_t> sizes = x.layout.sizes;
  sizes.back() = count;
  const Target y(preparing, node.results.at(0), made, sizes);
  const Rows rows = rows_of(x.layout);
  const auto kernel = node.op == Op::top_k ? kernels::top_k : kernels::bottom_k;
  std::vector<int32_t> scratch(static_cast<size_t>(rows.length));
  return [=](Thread& thread) mutable {
    if (x.copy) x.copy(thread);
    kernel(x.data(thread), rows.count, rows.length, count, y.data(thread), scratch.data());
    y.finish(thread);
  };
}

/// The quantile for one q, or for each element of q.
Run prepare_quantile(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), q = node.inputs.at(1), out = node.results.at(0);
  const std::string& axis = node.texts("axes").at(0);
  const Axes order = with_last(preparing.axes(in), axis);
  const auto x = preparing.operand(in, order);
  const Rows rows = rows_of(x.layout);
  // Results are walked by rows of x, then by the axes that only q has.
  const Axes row_axes = without(order, {axis});
  Axes own;
  std::vector<int64_t> sizes(x.layout.sizes.begin(), x.layout.sizes.end() - 1);
  for (const Axis& a : preparing.axes(q)) {
    if (has_axis(row_axes, a.name)) continue;
    own.push_back(a);
    sizes.push_back(preparing.layout(q).sizes[position(preparing.axes(q), a.name)]);
  }
  const Axes made = joined(row_axes, own);
  const Target y(preparing, out, made, sizes);
  const Layout q_seen{sizes, aligned_strides(preparing.layout(q), preparing.axes(q), made)};
  const Layout all = contiguous_layout(sizes);
  const auto wanted = std::make_shared<Buffer>(static_cast<size_t>(std::max<int64_t>(all.elements(), 1)));
  const auto copy_q = strided_copy(q_seen, all);
  const int64_t each = rows.count == 0 ? 0 : all.elements() / rows.count;
  std::vector<float> scratch(static_cast<size_t>(rows.length));
  return [=](Thread& thread) mutable {
    if (x.copy) x.copy(thread);
    copy_q(thread.value(q), wanted->data());
    const float* from = x.data(thread);
    float* to = y.data(thread);
    for (int64_t r = 0; r < rows.count; ++r) {
      for (int64_t i = 0; i < each; ++i) {
        const float share = std::clamp(wanted->data()[r * each + i], 0.0f, 1.0f);
        kernels::quantile(from + r * rows.length, 1, rows.length, share, to + r * each + i, scratch.data());
      }
    }
    y.finish(thread);
  };
}

/// The running sum from the last element to the first is that of the value seen backwards.
Run prepare_cumsum(Preparing& preparing, const Node& node) {
  if (!node.has("reverse") || node.integer("reverse") == 0) return same_shape(preparing, node, kernels::cumsum);
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const Axes order = with_last(preparing.axes(in), node.texts("axes").at(0));
  Layout seen = permuted(preparing.layout(in), preparing.axes(in), order);
  const int64_t last = (seen.sizes.back() - 1) * seen.strides.back();
  seen.strides.back() = -seen.strides.back();
  const Layout rows = contiguous_layout(seen.sizes);
  const auto sums = std::make_shared<Buffer>(static_cast<size_t>(std::max<int64_t>(rows.elements(), 1)));
  preparing.allocate(out, permuted(rows, order, preparing.axes(out)).sizes);
  Layout back = permuted(rows, order, preparing.axes(out));
  const size_t dim = position(preparing.axes(out), node.texts("axes")[0]);
  back.strides[dim] = -back.strides[dim];
  const auto gather = strided_copy(seen, rows), put = strided_copy(back, preparing.layout(out));
  const int64_t n = seen.sizes.back(), count = n == 0 ? 0 : rows.elements() / n;
  return [=](Thread& thread) {
    if (count == 0) return;
    gather(thread.value(in) + last, sums->data());
    kernels::cumsum(sums->data(), count, n, sums->data());
    put(sums->data() + n - 1, thread.value(out));
  };
}

Run prepare_standardize_gradient(Preparing& preparing, const Node& node) {
  const Axes order = with_last(preparing.axes(node.inputs.at(0)), node.texts("axes").at(0));
  const auto x = preparing.operand(node.inputs[0], order), g = preparing.operand(node.inputs.at(1), order);
  const Target dx(preparing, node.results.at(0), order, x.layout.sizes);
  const Rows rows = rows_of(x.layout);
  constexpr double kFlops = 14;  // of an element
  preparing.count(kFlops * static_cast<double>(x.layout.elements()));
  return [=](Thread& thread) {
    for (const auto* operand : {&x, &g})
      if (operand->copy) operand->copy(thread);
    kernels::standardize_gradient(x.data(thread), g.data(thread), rows.count, rows.length, dx.data(thread));
    dx.finish(thread);
  };
}

}  // namespace

Run prepare_along(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::quantile:
      return prepare_quantile(preparing, node);
    case Op::top_k:
    case Op::bottom_k:
      return prepare_top(preparing, node);
    case Op::cumsum:
      return prepare_cumsum(preparing, node);
    case Op::standardize:
      return same_shape(preparing, node, kernels::standardize);
    case Op::standardize_gradient:
      return prepare_standardize_gradient(preparing, node);
    default:
      throw std::logic_error(std::string(info(node.op).name) + " is not known to the plan");
  }
}

}  // namespace duet::plan
