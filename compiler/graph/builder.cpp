#include "compiler/graph/builder.h"

#include <algorithm>
#include <stdexcept>

namespace duet {

namespace {

bool gives_boolean(Op op) {
  switch (op) {
    case Op::less:
    case Op::less_equal:
    case Op::equal:
    case Op::not_equal:
    case Op::logical_and:
    case Op::logical_or:
    case Op::logical_not:
    case Op::is_finite:
      return true;
    default:
      return false;
  }
}

std::vector<Axis> merged(const Type& a, const Type& b) {
  auto axes = merge_axes(a.axes, b.axes);
  if (!axes) throw std::logic_error("builder: axes of " + to_string(a) + " and " + to_string(b) + " do not agree");
  return *axes;
}

}  // namespace

ValueId Builder::current(ValueId id) const {
  for (auto it = replaced_.find(id); it != replaced_.end(); it = replaced_.find(id)) id = it->second;
  return id;
}

void Builder::name(ValueId id, const std::string& name) {
  std::string& old = program_.values[static_cast<size_t>(id)].name;
  if (old.empty()) old = name;
}

void Builder::open() {
  open_.push_back(std::make_unique<Block>());
  serials_.push_back(++opened_);
}

Block Builder::close() {
  Block block = std::move(*open_.back());
  open_.pop_back();
  serials_.pop_back();
  return block;
}

ValueId Builder::parameter_of(Block& block, Type type, std::string name) {
  program_.values.push_back({std::move(type), std::move(name)});
  const auto id = static_cast<ValueId>(program_.values.size() - 1);
  block.parameters.push_back(id);
  return id;
}

std::vector<ValueId> Builder::emit(Op op, std::vector<ValueId> inputs, std::vector<Type> results, Span span,
                                   Attributes attributes, std::vector<Block> blocks) {
  Node node{op, std::move(inputs), {}, std::move(attributes), std::move(blocks), span};
  for (ValueId& input : node.inputs) input = current(input);
  for (Type& type : results) {
    program_.values.push_back({std::move(type), {}});
    node.results.push_back(static_cast<ValueId>(program_.values.size() - 1));
  }
  std::vector<ValueId> ids = node.results;
  block().nodes.push_back(std::move(node));
  return ids;
}

ValueId Builder::emit1(Op op, std::vector<ValueId> inputs, Type result, Span span, Attributes attributes,
                       std::vector<Block> blocks) {
  return emit(op, std::move(inputs), {std::move(result)}, span, std::move(attributes), std::move(blocks))[0];
}

ValueId Builder::constant(double value, Span span) {
  return emit1(Op::constant, {}, {}, span, {{"value", value}});
}

ValueId Builder::unary(Op op, ValueId x, Span span) {
  Type result = type(x);
  result.kind = gives_boolean(op) ? Kind::boolean : Kind::real;
  return emit1(op, {x}, result, span);
}

ValueId Builder::binary(Op op, ValueId a, ValueId b, Span span) {
  Type result{gives_boolean(op) ? Kind::boolean : Kind::real, merged(type(a), type(b))};
  return emit1(op, {a, b}, result, span);
}

ValueId Builder::select(ValueId condition, ValueId a, ValueId b, Span span) {
  const Type either{Kind::real, merged(type(a), type(b))};
  return emit1(Op::select, {condition, a, b}, {Kind::real, merged(either, type(condition))}, span);
}

ValueId Builder::reduce(Op op, ValueId x, const std::vector<std::string>& axes, Span span) {
  Type result = type(x);
  for (const std::string& axis : axes) result = result.without(axis);
  result.kind = op == Op::argmin || op == Op::argmax ? Kind::index : Kind::real;
  return emit1(op, {x}, result, span, {{"axes", axes}});
}

ValueId Builder::rename(ValueId x, const std::string& from, const std::string& to, Span span) {
  Type result = type(x);
  const int at = result.find(from);
  if (at < 0) throw std::logic_error("builder: no axis " + from + " in " + to_string(result));
  result.axes[static_cast<size_t>(at)].name = to;
  return emit1(Op::rename, {x}, result, span, {{"from", from}, {"to", to}});
}

ValueId Builder::slice(ValueId x, const std::string& axis, int64_t from, int64_t to, Span span) {
  Type result = type(x);
  Axis& sliced = result.axes[static_cast<size_t>(result.find(axis))];
  if (to >= 0)
    sliced.size = to - from;
  else if (sliced.size != kUnknownSize)
    sliced.size -= from;
  return emit1(Op::slice, {x}, result, span, {{"axis", axis}, {"from", from}, {"to", to}});
}

ValueId Builder::expand(ValueId x, const std::vector<Axis>& axes, Span span) {
  if (type(x).axes == axes) return x;
  return emit1(Op::expand, {x}, {type(x).kind, axes}, span);
}

ValueId Builder::cast(ValueId x, Kind kind, Span span) {
  if (type(x).kind == kind) return x;
  const char* name = kind == Kind::real ? "real" : kind == Kind::boolean ? "bool" : "index";
  return emit1(Op::cast, {x}, {kind, type(x).axes}, span, {{"kind", std::string(name)}});
}

ValueId Builder::load(int64_t state, Span span) {
  const State& s = program_.states[static_cast<size_t>(state)];
  const ValueId id = emit1(Op::load, {}, s.type, span, {{"state", state}});
  return id;
}

void Builder::assign(int64_t state, ValueId value, Span span) {
  emit(Op::assign, {value}, {}, span, {{"state", state}});
}

int64_t Builder::add_state(State state) {
  program_.states.push_back(std::move(state));
  return static_cast<int64_t>(program_.states.size() - 1);
}

}  // namespace duet
