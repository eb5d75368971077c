// Derivatives of operations that rearrange: what moved elements one way moves derivatives back.
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

void adjoint_select(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId condition = node.inputs[0], a = node.inputs[1], b = node.inputs[2], y = node.results[0];
  if (reverse.wants(a)) reverse.give(a, emit.select(condition, g, emit.number(0)), y);
  if (reverse.wants(b)) reverse.give(b, emit.select(condition, emit.number(0), g), y);
}

void adjoint_rename(Reverse& reverse, const Node& node, ValueId g) {
  const std::string &from = node.text("from"), &to = node.text("to");
  Emitter& emit = reverse.emit;
  reverse.add(node.inputs[0], emit.type(g).has(to) ? emit.builder().rename(g, to, from, emit.span) : g);
}

void adjoint_slice(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0];
  reverse.add(x, emit.pad(emit.spread(g, node.results[0]), node.text("axis"), node.integer("from"), x));
}

void adjoint_take(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0];
  const std::string& axis = node.text("axis");
  std::vector<ValueId> inputs{emit.spread(g, node.results[0]), node.inputs[1]};
  if (emit.type(x).size_of(axis) == kUnknownSize) inputs.push_back(x);
  reverse.add(x, emit.builder().emit1(Op::put, inputs, emit.type(x), emit.span, {{"axis", axis}}));
}

void adjoint_put(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId y = node.inputs[0];
  const ValueId all = emit.spread(g, node.results[0]);
  reverse.add(
      y, emit.builder().emit1(Op::take, {all, node.inputs[1]}, emit.type(y), emit.span, {{"axis", node.text("axis")}}));
}

void adjoint_pad(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0];
  const std::string& axis = node.text("axis");
  if (!emit.type(g).has(axis)) return reverse.add(x, g);
  const int64_t before = node.integer("before"), size = emit.type(x).size_of(axis);
  // Only a slice up to the end can have left the size open.
  reverse.add(x, emit.builder().slice(g, axis, before, size == kUnknownSize ? -1 : before + size, emit.span));
}

void adjoint_reshape(Reverse& reverse, const Node& node, ValueId g) {
  Emitter& emit = reverse.emit;
  const ValueId x = node.inputs[0], all = emit.spread(g, node.results[0]);
  const std::vector<std::string>&from = node.texts("from"), &to = node.texts("to");
  Type back = emit.type(all);
  for (const std::string& axis : to) back = back.without(axis);
  for (const std::string& axis : from) back.axes.push_back({axis, emit.type(x).size_of(axis)});
  reverse.add(x, emit.builder().emit1(Op::reshape, {all}, back, emit.span, {{"from", to}, {"to", from}}));
}

/// The part of `g` that belongs to an input of a concat: `size` elements, or one without the axis.
ValueId part_of(Emitter& emit, ValueId g, const Type& input, const std::string& axis, int64_t offset, bool last) {
  if (!emit.type(g).has(axis)) return g;
  if (!input.has(axis)) {
    const Type rest = emit.type(g).without(axis);
    return emit.builder().emit1(Op::take, {g, emit.number(static_cast<double>(offset))}, rest, emit.span,
                                {{"axis", axis}});
  }
  const int64_t size = input.size_of(axis);
  if (size == kUnknownSize && !last) throw NoDerivative{};
  return emit.builder().slice(g, axis, offset, size == kUnknownSize ? -1 : offset + size, emit.span);
}

void adjoint_concat(Reverse& reverse, const Node& node, ValueId g) {
  const std::string& axis = node.text("axis");
  int64_t offset = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId x = node.inputs[i];
    const Type type = reverse.emit.type(x);
    const int64_t size = type.has(axis) ? type.size_of(axis) : 1;
    if (offset == kUnknownSize) throw NoDerivative{};
    if (reverse.wants(x)) {
      const bool last = i + 1 == node.inputs.size();
      const ValueId part = part_of(reverse.emit, g, type, axis, offset, last);
      reverse.give(x, part, node.results[0], 1, axis);
    }
    offset = size == kUnknownSize ? kUnknownSize : offset + size;
  }
}

}  // namespace

void adjoint_shape(Reverse& reverse, const Node& node, ValueId g) {
  switch (node.op) {
    case Op::select:
      return adjoint_select(reverse, node, g);
    case Op::cast:
      return reverse.add(node.inputs[0], g);
    case Op::rename:
      return adjoint_rename(reverse, node, g);
    case Op::expand:
      return reverse.give(node.inputs[0], g, node.results[0]);
    case Op::slice:
      return adjoint_slice(reverse, node, g);
    case Op::take:
      return adjoint_take(reverse, node, g);
    case Op::put:
      return adjoint_put(reverse, node, g);
    case Op::pad:
      return adjoint_pad(reverse, node, g);
    case Op::reshape:
      return adjoint_reshape(reverse, node, g);
    case Op::concat:
      return adjoint_concat(reverse, node, g);
    default:
      return adjoint_order(reverse, node, g);
  }
}

}  // namespace duet
