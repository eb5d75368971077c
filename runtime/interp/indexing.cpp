#include "runtime/interp/indexing.h"

#include <stdexcept>

#include "runtime/interp/body.h"

namespace duet::interp {

namespace {

using Axes = std::vector<Axis>;

bool overlap(const Axes& a, const Axes& b, const std::string& except) {
  for (const Axis& x : a)
    for (const Axis& y : b)
      if (x.name == y.name && x.name != except) return true;
  return false;
}

/// `axes` with the axis called `name` replaced by `others`.
Axes replaced(const Axes& axes, const std::string& name, const Axes& others) {
  Axes all;
  for (const Axis& axis : axes) {
    if (axis.name == name) {
      all.insert(all.end(), others.begin(), others.end());
    } else {
      all.push_back(axis);
    }
  }
  return all;
}

}  // namespace

Taking::Taking(const Axes& x, const Axes& i, const std::string& axis, const Axes& result)
    : how_(i.empty()             ? How::one
           : overlap(x, i, axis) ? How::together
                                 : How::apart),
      dim_(position(x, axis)),
      x_(x, how_ == How::together ? joined(without(result, {axis}), {{axis}}) : x),
      i_(i, how_ == How::together ? result : i),
      result_(how_ == How::together ? result : replaced(x, axis, i), result) {
  // The axis may come back: x[k][i[k]]. It then belongs to i alone, and cannot also be walked together.
  if (how_ == How::together && position(joined(result, {{axis}}), axis) != static_cast<int64_t>(result.size()))
    throw std::logic_error("take: the index has the taken axis " + axis + " and shares others with the value");
}

Tensor Taking::operator()(const Tensor& x, const Tensor& i) const {
  const Tensor index = to_kind(i, Kind::index);
  switch (how_) {
    case How::one:
      return result_(x.select(dim_, index.item<int64_t>()));
    case How::apart: {
      std::vector<int64_t> sizes = x.sizes().vec();
      sizes.erase(sizes.begin() + dim_);
      sizes.insert(sizes.begin() + dim_, index.sizes().begin(), index.sizes().end());
      return result_(x.index_select(dim_, index.reshape({-1})).view(sizes));
    }
    case How::together:
      return together(x, index);
  }
  throw std::logic_error("take");
}

Tensor Taking::together(const Tensor& x, const Tensor& i) const {
  const Tensor from = x_(x), which = i_(i).unsqueeze(-1);
  std::vector<int64_t> sizes = from.sizes().vec();
  for (size_t d = 0; d + 1 < sizes.size(); ++d)
    if (sizes[d] == 1) sizes[d] = which.size(static_cast<int64_t>(d));
  std::vector<int64_t> index_sizes = sizes;
  index_sizes.back() = 1;
  return from.expand(sizes).gather(-1, which.expand(index_sizes)).squeeze(-1);
}

namespace {

std::vector<std::string> names_of(const Axes& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

int64_t product(at::IntArrayRef sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}

}  // namespace

Putting::Putting(const Axes& y, const Axes& i, const std::string& axis, const Axes& result)
    : outer_(without(result, {axis})),
      own_(without(i, names_of(outer_))),
      together_(overlap(outer_, i, axis)),
      y_(y, joined(outer_, own_)),
      i_(i, together_ ? joined(outer_, own_) : own_),
      result_(joined(outer_, {{axis}}), result) {}

Tensor Putting::operator()(const Tensor& y, const Tensor& i, int64_t size) const {
  const Tensor from = y_(y), index = i_(to_kind(i, Kind::index));
  std::vector<int64_t> flat = from.sizes().slice(0, outer_.size()).vec();
  flat.push_back(product(from.sizes().slice(outer_.size())));  // the index's own axes, merged
  std::vector<int64_t> sizes = flat;
  sizes.back() = size;
  const Tensor zeros = at::zeros(sizes, from.options());
  const Tensor rows = from.reshape(flat);
  if (!together_) return result_(zeros.index_add(-1, index.reshape({-1}), rows));
  return result_(zeros.scatter_add(-1, index.expand(from.sizes()).reshape(flat), rows));
}

namespace {

Run prepare_put(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), index = node.inputs.at(1), out = node.results.at(0);
  const std::string& axis = node.text("axis");
  const Putting put(preparing.axes(in), preparing.axes(index), axis, preparing.axes(out));
  const AxisSize size(preparing, node, axis);
  return [=](Engine& engine) { engine.value(out) = put(engine.value(in), engine.value(index), size(engine)); };
}

Run prepare_take(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), index = node.inputs.at(1), out = node.results.at(0);
  const Taking take(preparing.axes(in), preparing.axes(index), node.text("axis"), preparing.axes(out));
  return [=](Engine& engine) { engine.value(out) = take(engine.value(in), engine.value(index)); };
}

Run prepare_quantile(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), q = node.inputs.at(1), out = node.results.at(0);
  const std::string& axis = node.texts("axes").at(0);
  const int64_t dim = position(preparing.axes(in), axis);
  const Axes& result = preparing.axes(out);
  const Taking take(preparing.axes(in), preparing.axes(q), axis, result);
  const BroadcastAlignment align_q(preparing.axes(q), result);
  return [=](Engine& engine) {
    const Tensor sorted = std::get<0>(engine.value(in).sort(dim));
    const int64_t last = sorted.size(dim) - 1;
    const Tensor at = (to_kind(engine.value(q), Kind::real) * last).clamp(0, last);
    const Tensor below = at.detach().floor();
    const Tensor low = take(sorted, below), high = take(sorted, (below + 1).clamp_max(last));
    const Tensor weight = align_q(at - below);
    // Not low + weight * (high - low), which is NaN between two equal infinities.
    engine.value(out) = at::where(low == high, low, low + weight * (high - low));
  };
}

Run prepare_top(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::string& axis = node.texts("axes").at(0);
  const int64_t dim = position(preparing.axes(in), axis), count = node.integer("count");
  const bool largest = node.op == Op::top_k;
  const Kind kind = preparing.type(out).kind;
  const Alignment align(replaced(preparing.axes(in), axis, {{node.text("axis")}}), preparing.axes(out));
  return [=](Engine& engine) {
    const Tensor x = engine.value(in).detach();
    const Tensor order = std::get<1>(at::sort(x, /*stable=*/true, dim, /*descending=*/largest));
    engine.value(out) = to_kind(align(order.narrow(dim, 0, count)), kind);
  };
}

Run prepare_cumsum(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.texts("axes").at(0));
  const Kind kind = preparing.type(out).kind;
  if (node.has("reverse") && node.integer("reverse") != 0)
    return [=](Engine& engine) { engine.value(out) = to_kind(engine.value(in).flip(dim).cumsum(dim).flip(dim), kind); };
  return [=](Engine& engine) { engine.value(out) = to_kind(engine.value(in).cumsum(dim), kind); };
}

Run prepare_standardize(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.texts("axes").at(0));
  return [=](Engine& engine) {
    const Tensor x = engine.value(in).movedim(dim, -1);
    engine.value(out) = at::layer_norm(x, {x.size(-1)}).movedim(-1, dim);
  };
}

Run prepare_standardize_gradient(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), slope = node.inputs.at(1), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.texts("axes").at(0));
  const Alignment align(preparing.axes(slope), preparing.axes(in));
  return [=](Engine& engine) {
    const Tensor x = engine.value(in).movedim(dim, -1), g = align(engine.value(slope)).movedim(dim, -1);
    const Tensor centred = x - x.mean(-1, true);
    const Tensor s = (centred.square().mean(-1, true) + 1e-5).sqrt(), y = centred / s;
    engine.value(out) = ((g - g.mean(-1, true) - y * (g * y).mean(-1, true)) / s).movedim(-1, dim);
  };
}

}  // namespace

Run prepare_indexing(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::take:
      return prepare_take(preparing, node);
    case Op::put:
      return prepare_put(preparing, node);
    case Op::quantile:
      return prepare_quantile(preparing, node);
    case Op::top_k:
    case Op::bottom_k:
      return prepare_top(preparing, node);
    case Op::cumsum:
      return prepare_cumsum(preparing, node);
    case Op::standardize:
      return prepare_standardize(preparing, node);
    case Op::standardize_gradient:
      return prepare_standardize_gradient(preparing, node);
    default:
      throw std::logic_error(std::string(info(node.op).name) + " is not of group shape");
  }
}

}  // namespace duet::interp
