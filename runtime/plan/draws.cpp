#include <stdexcept>

#include "runtime/core/random.h"
#include "runtime/kernels/random.h"
#include "runtime/kernels/rows.h"
#include "runtime/plan/body.h"

/// Draws inside expressions: element i, in the order of the axes, is element i of the key's stream.
namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;
using Fill = std::function<void(DrawKey, uint64_t first, std::span<float>)>;

/// Runs of consecutive elements of a stream: where a body sees a part of an axis, its elements are several runs.
class Stretches {
 public:
  Stretches(const Preparing& preparing, const Axes& axes, const std::vector<int64_t>& sizes) : sizes_(sizes) {
    int64_t stride = 1;
    strides_.resize(axes.size());
    parts_.resize(axes.size());
    for (size_t d = axes.size(); d-- > 0;) {
      const auto part = preparing.parts().find(axes[d].name);
      strides_[d] = stride;
      stride *= part == preparing.parts().end() ? sizes[d] : part->second.full;
      if (part == preparing.parts().end()) continue;
      parts_[d] = axes[d].name;
      split_ = std::max(split_, d + 1);
    }
    // The innermost axis that is seen in part is, with those after it, one run.
    for (size_t d = split_ > 0 ? split_ - 1 : 0; d < axes.size(); ++d) length_ *= sizes[d];
  }

  void fill(const Thread& thread, DrawKey key, const Fill& fill, float* to) const {
    walk(thread, 0, 0, [&](int64_t first) {
      fill(key, static_cast<uint64_t>(first), {to, static_cast<size_t>(length_)});
      to += length_;
    });
  }

 private:
  template <class F>
  void walk(const Thread& thread, size_t d, int64_t first, const F& f) const {
    if (d == split_) return f(first);
    const int64_t from = parts_[d].empty() ? 0 : thread.parts.at(parts_[d]).first;
    if (d + 1 == split_) return f(first + from * strides_[d]);
    for (int64_t i = 0; i < sizes_[d]; ++i) walk(thread, d + 1, first + (from + i) * strides_[d], f);
  }

  std::vector<int64_t> sizes_, strides_;
  std::vector<std::string> parts_;  // the axis, where the body sees a part of it
  size_t split_ = 0;                // one after the innermost axis that is seen in part, or 0
  int64_t length_ = 1;
};

Fill fill_of(const Node& node) {
  const std::string& distribution = node.text("distribution");
  if (distribution == "normal") return [](DrawKey key, uint64_t first, std::span<float> x) { fill_normal(key, first, x); };
  if (distribution == "uniform")
    return [](DrawKey key, uint64_t first, std::span<float> x) { fill_uniform(key, first, x); };
  if (distribution != "truncated") throw std::logic_error("no distribution is called " + distribution);
  const auto bound = static_cast<float>(node.real("bound"));
  return [bound](DrawKey key, uint64_t first, std::span<float> x) { kernels::fill_truncated(key, first, x, bound); };
}

Run prepare_noise(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  preparing.allocate(out, node);
  const Stretches stretches(preparing, preparing.axes(out), preparing.layout(out).sizes);
  const auto site = static_cast<uint64_t>(node.integer("site"));
  preparing.count(static_cast<double>(preparing.layout(out).elements()));
  return [=, fill = fill_of(node)](Thread& thread) {
    stretches.fill(thread, thread.key(site), fill, thread.value(out));
  };
}

Run prepare_categorical(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::string& axis = node.texts("axes").at(0);
  const auto site = static_cast<uint64_t>(node.integer("site"));
  preparing.allocate(out, node);
  const Axes shared = without(preparing.axes(in), {axis});
  Axes grouped = shared;
  for (const Axis& own : preparing.axes(out))
    if (!has_axis(shared, own.name)) grouped.push_back(own);
  const auto weights = preparing.operand(in, joined(shared, {preparing.axes(in)[position(preparing.axes(in), axis)]}));
  const Layout own = preparing.layout(out);
  const Layout ordered = contiguous_layout(permuted(own, preparing.axes(out), grouped).sizes);
  const int64_t n = weights.layout.sizes.back(), all = own.elements();
  const int64_t rows = n == 0 ? 0 : weights.layout.elements() / n, each = rows == 0 ? 0 : all / rows;
  const Layout in_groups{own.sizes, aligned_strides(ordered, grouped, preparing.axes(out))};
  const auto group = strided_copy(own, in_groups), ungroup = strided_copy(in_groups, own);
  const Stretches stretches(preparing, preparing.axes(out), own.sizes);
  const auto u = std::make_shared<Buffer>(static_cast<size_t>(std::max<int64_t>(all, 1)));
  const auto picked = std::make_shared<Buffer>(static_cast<size_t>(std::max<int64_t>(all, 1)));
  std::vector<float> scratch(static_cast<size_t>(n));
  const Fill uniform = [](DrawKey key, uint64_t first, std::span<float> x) { fill_uniform(key, first, x); };
  return [=](Thread& thread) mutable {
    if (weights.copy) weights.copy(thread);
    float* to = thread.value(out);
    stretches.fill(thread, thread.key(site), uniform, to);
    group(to, u->data());
    kernels::pick_categorical(weights.data(thread), u->data(), rows, n, each, picked->data(), scratch.data());
    ungroup(picked->data(), to);
  };
}

}  // namespace

Run prepare_random(Preparing& preparing, const Node& node) {
  return node.op == Op::noise ? prepare_noise(preparing, node) : prepare_categorical(preparing, node);
}

}  // namespace duet::plan
