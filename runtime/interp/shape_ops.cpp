#include <algorithm>
#include <stdexcept>

#include "runtime/interp/body.h"

/// Constants, and operations that only rearrange.
namespace duet::interp {

namespace {

Run always(ValueId out, Tensor constant) {
  return [=](Engine& engine) { engine.value(out) = constant; };
}

Run prepare_constant(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const auto options = at::TensorOptions(dtype_of(preparing.type(out).kind));
  if (node.op == Op::constant) return always(out, at::full({}, node.real("value"), options));
  if (node.op == Op::iota) return always(out, at::arange(node.integer("count"), options));
  const std::vector<double>& numbers = node.reals("values");
  Tensor x = at::empty({static_cast<int64_t>(numbers.size())}, at::kDouble);
  std::copy(numbers.begin(), numbers.end(), x.data_ptr<double>());
  return always(out, x.to(options));
}

Run prepare_extent(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.text("axis"));
  const auto options = at::TensorOptions(dtype_of(preparing.type(out).kind));
  return [=](Engine& engine) { engine.value(out) = at::full({}, engine.value(in).size(dim), options); };
}

Run prepare_rename(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  std::vector<Axis> axes = preparing.axes(in);
  axes[static_cast<size_t>(position(axes, node.text("from")))].name = node.text("to");
  const Alignment align(axes, preparing.axes(out));
  return [=](Engine& engine) { engine.value(out) = align(engine.value(in)); };
}

Run prepare_expand(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const Type& type = preparing.type(out);
  const Alignment align(preparing.axes(in), type.axes);
  if (!align.adds_axes()) return [=](Engine& engine) { engine.value(out) = align(engine.value(in)); };
  const RuntimeShape shape = preparing.shape(type, node);
  return [=](Engine& engine) { engine.value(out) = align(engine.value(in)).expand(shape(engine)); };
}

Run prepare_slice(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.text("axis"));
  const int64_t from = node.integer("from"), to = node.integer("to");
  const Alignment align(preparing.axes(in), preparing.axes(out));
  return [=](Engine& engine) {
    const Tensor& x = engine.value(in);
    engine.value(out) = align(x.narrow(dim, from, (to < 0 ? x.size(dim) : to) - from));
  };
}

Run prepare_pad(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const int64_t dim = position(preparing.axes(in), node.text("axis")), before = node.integer("before");
  const auto rank = static_cast<int64_t>(preparing.axes(in).size());
  const AxisSize size(preparing, node, node.text("axis"));
  return [=](Engine& engine) {
    const Tensor& x = engine.value(in);
    std::vector<int64_t> zeros(static_cast<size_t>(2 * (rank - dim)));  // pairs, those of the last dim first
    zeros[zeros.size() - 2] = before;
    zeros[zeros.size() - 1] = size(engine) - before - x.size(dim);
    engine.value(out) = at::constant_pad_nd(x, zeros);
  };
}

Run prepare_concat(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const Type& type = preparing.type(out);
  const Kind kind = type.kind;
  const int64_t dim = position(type.axes, node.text("axis"));
  const std::vector<ValueId> inputs = node.inputs;
  std::vector<Alignment> aligns;
  for (const ValueId id : inputs) aligns.emplace_back(preparing.axes(id), type.axes);
  return [=](Engine& engine) {
    std::vector<Tensor> parts;
    for (size_t i = 0; i < inputs.size(); ++i) parts.push_back(to_kind(aligns[i](engine.value(inputs[i])), kind));
    std::vector<int64_t> sizes = broadcast_sizes(parts);
    for (Tensor& part : parts) {
      sizes[static_cast<size_t>(dim)] = part.size(dim);
      part = part.expand(sizes);
    }
    engine.value(out) = at::cat(parts, dim);
  };
}

Run prepare_reshape(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const Type& type = preparing.type(out);
  const std::vector<std::string>&from = node.texts("from"), &to = node.texts("to");
  const auto moves = [&](const std::string& name) { return std::find(from.begin(), from.end(), name) != from.end(); };
  std::vector<Axis> order;
  for (const Axis& axis : preparing.axes(in))
    if (!moves(axis.name)) order.push_back(axis);
  const auto stay = static_cast<std::ptrdiff_t>(order.size());
  for (const std::string& name : from)
    order.push_back(*std::find_if(preparing.axes(in).begin(), preparing.axes(in).end(),
                                  [&](const Axis& axis) { return axis.name == name; }));
  std::vector<int64_t> dealt;  // the sizes of the new axes; at most one is unknown until the elements are there
  for (const std::string& name : to) dealt.push_back(type.size_of(name) == kUnknownSize ? -1 : type.size_of(name));
  const Alignment align(preparing.axes(in), order);
  return [=](Engine& engine) {
    const Tensor x = align(engine.value(in));
    std::vector<int64_t> sizes(x.sizes().begin(), x.sizes().begin() + stay);
    sizes.insert(sizes.end(), dealt.begin(), dealt.end());
    engine.value(out) = x.reshape(sizes);
  };
}

Run prepare_select(Preparing& preparing, const Node& node) {
  const ValueId condition = node.inputs.at(0), yes = node.inputs.at(1), no = node.inputs.at(2);
  const ValueId out = node.results.at(0);
  const Type& type = preparing.type(out);
  const Kind kind = type.kind;
  const BroadcastAlignment c(preparing.axes(condition), type.axes), a(preparing.axes(yes), type.axes),
      b(preparing.axes(no), type.axes);
  return [=](Engine& engine) {
    engine.value(out) = at::where(to_kind(c(engine.value(condition)), Kind::boolean),
                                  to_kind(a(engine.value(yes)), kind), to_kind(b(engine.value(no)), kind));
  };
}

}  // namespace

Run prepare_shape(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::select:
      return prepare_select(preparing, node);
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
    case Op::cast: {
      const ValueId in = node.inputs.at(0), out = node.results.at(0);
      const Kind kind = preparing.type(out).kind;
      const Alignment align(preparing.axes(in), preparing.axes(out));
      return [=](Engine& engine) { engine.value(out) = to_kind(align(engine.value(in)), kind); };
    }
    default:
      return prepare_indexing(preparing, node);
  }
}

}  // namespace duet::interp
