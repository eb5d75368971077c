#include <optional>
#include <stdexcept>

#include "runtime/interp/body.h"
#include "runtime/interp/group.h"
#include "runtime/interp/indexing.h"

/// Layers of networks: one matrix product, or one for each element of the axes that the weights have beyond in and out.
namespace duet::interp {

namespace {

using Axes = std::vector<Axis>;

std::vector<std::string> names_of(const Axes& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

bool has(const Axes& axes, const std::string& name) {
  for (const Axis& axis : axes)
    if (axis.name == name) return true;
  return false;
}

int64_t product(at::IntArrayRef sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}

std::vector<int64_t> with_last(at::IntArrayRef front, int64_t last) {
  std::vector<int64_t> sizes = front.vec();
  sizes.push_back(last);
  return sizes;
}

/// How the axes of one `linear` fall into place. Lifted axes are those of the weights beyond in and out; rows are the
/// axes of x that the weights do not have.
struct Layout {
  Layout(const Axes& x, const Axes& w, const Axes& b, const std::string& in, const std::string& out, const Axes& result)
      : lifted(without(joined_lift(w, b, out), {in, out})),
        rows(without(without(x, names_of(lifted)), {in})),
        x_order(x, joined(joined(lifted, rows), {{in}})),
        w_order(w, joined(lifted, {{in}, {out}})),
        b_order(b, joined(lifted, {{out}})),
        result_order(joined(joined(lifted, rows), {{out}}), result) {
    for (const Axis& axis : lifted) x_has_lifted |= has(x, axis.name);
  }

  static Axes joined_lift(const Axes& w, const Axes& b, const std::string& out) {
    return joined(w, without(without(b, names_of(w)), {out}));
  }

  Axes lifted, rows;
  Alignment x_order, w_order, b_order, result_order;
  bool x_has_lifted = false;
};

Tensor plain(const Layout& layout, const Tensor& x, const Tensor& w, const Tensor& b) {
  const Tensor from = layout.x_order(x);
  const int64_t in = w.size(0), out = w.size(1);
  const Tensor y = at::addmm(b, from.dim() == 2 ? from : from.reshape({-1, in}), w);
  return from.dim() == 2 ? y : y.view(with_last(from.sizes().slice(0, static_cast<size_t>(from.dim() - 1)), out));
}

Tensor batched(const Layout& layout, const Tensor& x, const Tensor& w, const Tensor& b) {
  const auto lifts = layout.lifted.size();
  Tensor from = layout.x_order(x), weight = layout.w_order(w), bias = layout.b_order(b);
  const int64_t in = weight.size(-2), out = weight.size(-1);
  std::vector<int64_t> lift(weight.sizes().begin(), weight.sizes().begin() + static_cast<std::ptrdiff_t>(lifts));
  for (size_t d = 0; d < lifts; ++d)
    if (lift[d] == 1) lift[d] = std::max(bias.size(static_cast<int64_t>(d)), from.size(static_cast<int64_t>(d)));
  const at::IntArrayRef row_sizes = from.sizes().slice(lifts, layout.rows.size());
  const int64_t l = product(lift), r = product(row_sizes);
  std::vector<int64_t> full = lift;
  full.insert(full.end(), row_sizes.begin(), row_sizes.end());
  // Inputs that all the lifted share are repeated without copying.
  from = layout.x_has_lifted ? from.expand(with_last(full, in)).reshape({l, r, in})
                             : from.reshape({1, r, in}).expand({l, r, in});
  weight = weight.expand(with_last(with_last(lift, in), out)).reshape({l, in, out});
  bias = bias.expand(with_last(lift, out)).reshape({l, 1, out});
  return at::baddbmm(bias, from, weight).view(with_last(full, out));
}

/// Weights or biases, of which an index may choose some first.
class Chosen {
 public:
  Chosen(const Preparing& preparing, const Node& node, size_t input)
      : id_(node.inputs.at(input)), axes_(preparing.axes(id_)) {
    if (node.inputs.size() < 4 || !has(axes_, node.text("by"))) return;
    const Axes before = axes_, &index = preparing.axes(node.inputs[3]);
    axes_ = without(joined(without(index, names_of(axes_)), axes_), {node.text("by")});
    index_ = node.inputs[3];
    take_.emplace(before, index, node.text("by"), axes_);
  }

  const Axes& axes() const { return axes_; }
  Tensor operator()(Engine& engine) const {
    return take_ ? (*take_)(engine.value(id_), engine.value(index_)) : engine.value(id_);
  }

 private:
  ValueId id_, index_ = -1;
  Axes axes_;
  std::optional<Taking> take_;
};

Tensor rounded(const Tensor& x) {
  return x.to(at::kBFloat16).to(at::kFloat);
}

Run prepare_linear(Preparing& preparing, const Node& node) {
  const ValueId x = node.inputs.at(0), y = node.results.at(0);
  const Chosen w(preparing, node, 1), b(preparing, node, 2);
  const Layout layout(preparing.axes(x), w.axes(), b.axes(), node.text("in"), node.text("out"), preparing.axes(y));
  const bool lifted = !layout.lifted.empty();
  const auto activation = node.has("activation") ? unary_function(*find_op(node.text("activation"))) : nullptr;
  const bool rounds = node.has("precision");
  const ValueId slope = node.has("slope") ? node.results.at(1) : -1;
  return [=](Engine& engine) {
    Tensor from = engine.value(x), weight = w(engine);
    const Tensor bias = b(engine);
    if (rounds) from = rounded(from), weight = rounded(weight);
    const Tensor to = lifted ? batched(layout, from, weight, bias) : plain(layout, from, layout.w_order(weight), bias);
    engine.value(y) = layout.result_order(activation ? activation(to) : to);
    if (slope < 0) return;
    const Tensor s = to.sigmoid();
    engine.value(slope) = layout.result_order(s + to * s * (1 - s));
  };
}

}  // namespace

Run prepare_network(Preparing& preparing, const Node& node) {
  if (node.op == Op::linear) return prepare_linear(preparing, node);
  return node.op == Op::contract ? prepare_contract(preparing, node) : prepare_group(preparing, node);
}

}  // namespace duet::interp
