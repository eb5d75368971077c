#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/plan/body.h"

/// Constants, and operations that only rearrange. Most of them are another view of the same memory.
namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;

Run prepare_constant(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  if (node.op == Op::constant) {
    preparing.constant(out, {}, {static_cast<float>(node.real("value"))});
    return {};
  }
  std::vector<float> data;
  if (node.op == Op::iota) {
    for (int64_t i = 0; i < node.integer("count"); ++i) data.push_back(static_cast<float>(i));
  } else {
    const std::vector<double>& numbers = node.reals("values");
    data.assign(numbers.begin(), numbers.end());
  }
  preparing.constant(out, {static_cast<int64_t>(data.size())}, data);
  return {};
}

/// The result is `in`, seen as `layout`, from its element `offset` on.
Run view(Preparing& preparing, ValueId out, ValueId in, Layout layout, int64_t offset = 0) {
  preparing.lies_in(out, in, std::move(layout));
  return [=](Thread& thread) { thread.point(out, thread.value(in) + offset); };
}

Run prepare_extent(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t size = preparing.layout(in).sizes[position(preparing.axes(in), node.text("axis"))];
  preparing.constant(out, {}, {static_cast<float>(size)});
  return {};
}

Run prepare_rename(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  Axes axes = preparing.axes(in);
  axes[position(axes, node.text("from"))].name = node.text("to");
  return view(preparing, out, in, permuted(preparing.layout(in), axes, preparing.axes(out)));
}

Run prepare_expand(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const Axes& axes = preparing.axes(out);
  return view(preparing, out, in,
              {preparing.sizes(preparing.type(out), node),
               aligned_strides(preparing.layout(in), preparing.axes(in), axes)});
}

Run prepare_slice(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  Layout layout = preparing.layout(in);
  const size_t dim = position(preparing.axes(in), node.text("axis"));
  const int64_t from = node.integer("from"), to = node.integer("to") < 0 ? layout.sizes[dim] : node.integer("to");
  const int64_t offset = from * layout.strides[dim];
  layout.sizes[dim] = to - from;
  Axes axes = preparing.axes(in);
  return view(preparing, out, in, permuted(layout, axes, preparing.axes(out)), offset);
}

/// Zeros around a value.
Run prepare_pad(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  preparing.allocate(out, node);
  const Axes& axes = preparing.axes(out);
  const Layout& whole = preparing.layout(out);
  const size_t dim = position(axes, node.text("axis"));
  Layout inside = whole;
  inside.sizes = permuted(preparing.layout(in), preparing.axes(in), axes).sizes;
  const int64_t offset = node.integer("before") * whole.strides[dim], n = whole.elements();
  const auto copy = copier(preparing, in, axes, inside);
  return [=](Thread& thread) {
    float* y = thread.value(out);
    std::fill_n(y, n, 0.0f);
    copy(thread, y + offset);
  };
}

Run prepare_concat(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const Axes& axes = preparing.axes(out);
  const size_t dim = position(axes, node.text("axis"));
  // Sizes: those of the inputs lined up, and along the axis their sum.
  std::vector<int64_t> sizes(axes.size(), 1);
  std::vector<int64_t> lengths;
  int64_t total = 0;
  for (const ValueId id : node.inputs) {
    const Axes& own = preparing.axes(id);
    for (size_t i = 0; i < own.size(); ++i) sizes[position(axes, own[i].name)] = preparing.layout(id).sizes[i];
    lengths.push_back(has_axis(own, axes[dim].name) ? preparing.layout(id).sizes[position(own, axes[dim].name)] : 1);
    total += lengths.back();
  }
  sizes[dim] = total;
  preparing.allocate(out, sizes);
  const Layout& whole = preparing.layout(out);
  struct Part {
    std::function<void(Thread&, float*)> copy;
    int64_t offset;
  };
  std::vector<Part> parts;
  int64_t first = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    Layout piece = whole;
    piece.sizes[dim] = lengths[i];
    parts.push_back({copier(preparing, node.inputs[i], axes, piece), first * whole.strides[dim]});
    first += lengths[i];
  }
  return [=](Thread& thread) {
    for (const Part& part : parts) part.copy(thread, thread.value(out) + part.offset);
  };
}

Run prepare_reshape(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::vector<std::string>&from = node.texts("from"), &to = node.texts("to");
  Axes order = without(preparing.axes(in), from);
  const size_t stay = order.size();
  for (const std::string& name : from) order.push_back(preparing.axes(in)[position(preparing.axes(in), name)]);
  const Layout seen = permuted(preparing.layout(in), preparing.axes(in), order);
  std::vector<int64_t> sizes(seen.sizes.begin(), seen.sizes.begin() + static_cast<std::ptrdiff_t>(stay));
  int64_t moved = 1, dealt = 1;
  for (size_t i = stay; i < seen.sizes.size(); ++i) moved *= seen.sizes[i];
  for (const std::string& name : to)
    if (const int64_t n = preparing.type(out).size_of(name); n != kUnknownSize) dealt *= n;
  for (const std::string& name : to) {
    const int64_t n = preparing.type(out).size_of(name);
    sizes.push_back(n == kUnknownSize ? moved / dealt : n);
  }
  if (seen.contiguous()) return view(preparing, out, in, contiguous_layout(sizes));
  preparing.allocate(out, sizes);
  const auto copy = copier(preparing, in, order, contiguous_layout(seen.sizes));
  return [=](Thread& thread) { copy(thread, thread.value(out)); };
}

[[noreturn]] void outside(int64_t index, int64_t size) {
  throw Error("E0604", "`take` failed: index " + std::to_string(index) + " is outside an axis of size " +
                           std::to_string(size));
}

int64_t checked(float index, int64_t size) {
  const auto i = static_cast<int64_t>(index);
  if (i < 0 || i >= size) outside(i, size);
  return i;
}

/// How a value with a taken axis is walked together with an index: over the axes of the index, each with its element
/// of the index, and inside over the axes that only the value has.
struct Taking {
  Taking(const Preparing& preparing, const Axes& whole, const Layout& whole_layout, ValueId index,
         const std::string& axis, const Axes& part, const Layout& part_layout)
      : size(whole_layout.sizes[position(whole, axis)]), stride(whole_layout.strides[position(whole, axis)]) {
    const Axes& own = preparing.axes(index);
    const Layout& index_layout = preparing.layout(index);
    std::vector<int64_t> inner_sizes;
    for (size_t d = 0; d < part.size(); ++d) {
      const std::string& name = part[d].name;
      // The taken axis may come back as an axis of the index: then it is not walked in the value.
      const bool in_whole = name != axis && has_axis(whole, name);
      const int64_t whole_stride = in_whole ? whole_layout.strides[position(whole, name)] : 0;
      if (has_axis(own, name)) {
        outer.push_back({part_layout.sizes[d], index_layout.strides[position(own, name)], whole_stride,
                         part_layout.strides[d]});
      } else {
        inner_sizes.push_back(part_layout.sizes[d]);
        inner_whole.push_back(whole_stride);
        inner_part.push_back(part_layout.strides[d]);
      }
    }
    inner = inner_sizes;
  }

  /// f(index pointer, offset in the value without the taken axis, offset in the part) for each element of the index.
  template <class F>
  void each(const F& f, size_t d = 0, int64_t i = 0, int64_t whole = 0, int64_t part = 0) const {
    if (d == outer.size()) return f(i, whole, part);
    for (int64_t k = 0; k < outer[d].size; ++k)
      each(f, d + 1, i + k * outer[d].index, whole + k * outer[d].whole, part + k * outer[d].part);
  }

  struct Outer {
    int64_t size, index, whole, part;
  };
  std::vector<Outer> outer;
  std::vector<int64_t> inner, inner_whole, inner_part;
  int64_t size, stride;
};

/// The element that a constant index picks is another view of the value.
std::optional<int64_t> constant_index(const Preparing& preparing, ValueId index) {
  const float* known = preparing.known(index);
  return known ? std::optional<int64_t>(static_cast<int64_t>(*known)) : std::nullopt;
}

Run prepare_take(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), index = node.inputs.at(1), out = node.results.at(0);
  const std::string& axis = node.text("axis");
  const Axes &whole = preparing.axes(in), &part = preparing.axes(out);
  if (preparing.axes(index).empty()) {
    const size_t dim = position(whole, axis);
    const Layout& layout = preparing.layout(in);
    const Layout seen = permuted(layout, whole, part);
    const int64_t size = layout.sizes[dim], stride = layout.strides[dim];
    if (const auto at = constant_index(preparing, index)) {
      if (*at < 0 || *at >= size) outside(*at, size);
      return view(preparing, out, in, seen, *at * stride);
    }
    preparing.lies_in(out, in, seen);
    return [=](Thread& thread) {
      thread.point(out, thread.value(in) + checked(*thread.value(index), size) * stride);
    };
  }
  std::vector<int64_t> sizes;
  for (const Axis& a : part) {
    const bool from_index = has_axis(preparing.axes(index), a.name);
    const ValueId source = from_index ? index : in;
    sizes.push_back(preparing.layout(source).sizes[position(preparing.axes(source), a.name)]);
  }
  preparing.allocate(out, sizes);
  const Taking taking(preparing, whole, preparing.layout(in), index, axis, part, preparing.layout(out));
  const auto copy = strided_copy({taking.inner, taking.inner_whole}, {taking.inner, taking.inner_part});
  return [=](Thread& thread) {
    const float *x = thread.value(in), *which = thread.value(index);
    float* y = thread.value(out);
    taking.each([&](int64_t i, int64_t from, int64_t to) {
      copy(x + from + checked(which[i], taking.size) * taking.stride, y + to);
    });
  };
}

/// The reverse of take: zeros, and the value added at the places of the index, in the order of the index.
Run prepare_put(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), index = node.inputs.at(1), out = node.results.at(0);
  const std::string& axis = node.text("axis");
  preparing.allocate(out, node);
  const Axes& whole = preparing.axes(out);
  const int64_t n = preparing.layout(out).elements();
  // The value may lack axes that it was repeated along; seen along all of the index's and the result's other axes.
  Axes part = without(whole, {axis});
  std::vector<int64_t> sizes;
  for (const Axis& a : part) sizes.push_back(preparing.layout(out).sizes[position(whole, a.name)]);
  for (const Axis& a : preparing.axes(index)) {
    if (has_axis(part, a.name)) continue;
    part.push_back(a);
    sizes.push_back(preparing.layout(index).sizes[position(preparing.axes(index), a.name)]);
  }
  const Layout seen{sizes, aligned_strides(preparing.layout(in), preparing.axes(in), part)};
  const Taking taking(preparing, whole, preparing.layout(out), index, axis, part, seen);
  return [=](Thread& thread) {
    const float *x = thread.value(in), *which = thread.value(index);
    float* y = thread.value(out);
    std::fill_n(y, n, 0.0f);
    const auto add = [&](auto& self, size_t d, const float* from, float* to) -> void {
      if (d == taking.inner.size()) {
        *to += *from;
        return;
      }
      for (int64_t k = 0; k < taking.inner[d]; ++k)
        self(self, d + 1, from + k * taking.inner_part[d], to + k * taking.inner_whole[d]);
    };
    taking.each([&](int64_t i, int64_t to, int64_t from) {
      add(add, 0, x + from, y + to + checked(which[i], taking.size) * taking.stride);
    });
  };
}

}  // namespace

Run prepare_shape(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::select:
    case Op::cast:
      return prepare_element(preparing, node);
    case Op::constant:
    case Op::values:
    case Op::iota:
      return prepare_constant(preparing, node);
    case Op::extent:
      return prepare_extent(preparing, node);
    case Op::rename:
      return prepare_rename(preparing, node);
    case Op::expand:
      return prepare_expand(preparing, node);
    case Op::slice:
      return prepare_slice(preparing, node);
    case Op::pad:
      return prepare_pad(preparing, node);
    case Op::reshape:
      return prepare_reshape(preparing, node);
    case Op::concat:
      return prepare_concat(preparing, node);
    case Op::take:
      return prepare_take(preparing, node);
    case Op::put:
      return prepare_put(preparing, node);
    default:
      return prepare_along(preparing, node);
  }
}

}  // namespace duet::plan
