// Rules of constants and of the operations that reshape and index.
#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

void check_vector(Checker& check, int64_t size) {
  check.expect(size >= 0, "the size must not be negative");
  check.expect_axes(check.out(), {{check.node.text("axis"), size}}, "result");
}

void check_extent(Checker& check) {
  check.expect_axis(check.in(0), check.node.text("axis"), "input 0");
  check.expect_scalar(check.out(), "result");
}

void check_cast(Checker& check) {
  check.expect_axes(check.out(), check.in(0).axes, "result");
  check.expect(check.node.text("kind") == type_text({check.out().kind, {}}),
               "`kind` is " + quoted(check.node.text("kind")) + " but the result is " + type_text(check.out()));
}

void check_rename(Checker& check) {
  const std::string &from = check.node.text("from"), &to = check.node.text("to");
  if (!check.expect_axis(check.in(0), from, "input 0")) return;
  check.expect(from == to || !check.in(0).has(to), "input 0 already has the axis " + name_text(to));
  Type wanted = check.in(0);
  wanted.axes[static_cast<size_t>(wanted.find(from))].name = to;
  check.expect_type(check.out(), wanted, "result");
}

void check_expand(Checker& check) {
  check.expect_kind(check.out(), check.in(0).kind, "result");
  for (const Axis& axis : check.in(0).axes) {
    if (!check.expect_axis(check.out(), axis.name, "result")) continue;
    check.expect(sizes_agree(axis.size, check.out().size_of(axis.name)),
                 "axis " + name_text(axis.name) + " cannot change its size");
  }
}

void check_slice(Checker& check) {
  const std::string& name = check.node.text("axis");
  const int64_t from = check.node.integer("from"), to = check.node.integer("to");
  if (!check.expect_axis(check.in(0), name, "input 0")) return;
  Type wanted = check.in(0);
  int64_t& size = wanted.axes[static_cast<size_t>(wanted.find(name))].size;
  const int64_t end = to == -1 ? size : to;  // may be unknown
  check.expect(from >= 0 && to >= -1, "`from` and `to` must not be negative (but -1 for `to`)");
  check.expect(end == kUnknownSize || from <= end, "`from` lies after the end");
  check.expect(size == kUnknownSize || end <= size, "`to` lies after the end of the axis");
  size = end == kUnknownSize ? kUnknownSize : end - from;
  check.expect_type(check.out(), wanted, "result");
}

void check_take(Checker& check) {
  const std::string& name = check.node.text("axis");
  if (!check.expect_axis(check.in(0), name, "input 0")) return;
  check.expect(check.in(1).kind != Kind::boolean, "the index must not be bool");
  check.expect_kind(check.out(), check.in(0).kind, "result");
  if (const auto axes = check.merge(check.in(0).without(name).axes, check.in(1).axes))
    check.expect_axis_set(check.out(), *axes, "result");
}

/// Where the size of the result's axis is open, the input after the others tells it.
void check_like(Checker& check, const std::string& axis, size_t others) {
  if (check.node.inputs.size() > others)
    check.expect_axis(check.in(others), axis, "input " + std::to_string(others));
  else
    check.expect(check.out().size_of(axis) != kUnknownSize, "needs an input that tells the size of " + name_text(axis));
}

/// The result is like the input of a take whose result is input 0.
void check_put(Checker& check) {
  const std::string& name = check.node.text("axis");
  if (!check.expect_axis(check.out(), name, "result")) return;
  check.expect(check.in(1).kind != Kind::boolean, "the index must not be bool");
  check.expect_kind(check.out(), check.in(0).kind, "result");
  if (const auto axes = check.merge(check.out().without(name).axes, check.in(1).axes))
    check.expect_axis_set(check.in(0), *axes, "input 0");
  check_like(check, name, 2);
}

void check_pad(Checker& check) {
  const std::string& name = check.node.text("axis");
  const int64_t before = check.node.integer("before");
  check.expect(before >= 0, "`before` must not be negative");
  if (!check.expect_axis(check.in(0), name, "input 0") || !check.expect_axis(check.out(), name, "result")) return;
  const int64_t inside = check.in(0).size_of(name), whole = check.out().size_of(name);
  check.expect(inside == kUnknownSize || whole == kUnknownSize || before + inside <= whole,
               "the elements lie after the end of the result");
  Type wanted = check.in(0);
  wanted.axes[static_cast<size_t>(wanted.find(name))].size = whole;
  check.expect_type(check.out(), wanted, "result");
  check_like(check, name, 1);
}

void check_reshape(Checker& check) {
  const std::vector<std::string>&from = check.node.texts("from"), &to = check.node.texts("to");
  int64_t before = 1, after = 1;
  const auto count = [](int64_t& total, int64_t size) {
    total = total == kUnknownSize || size == kUnknownSize ? kUnknownSize : total * size;
  };
  Type wanted = check.in(0);
  for (const std::string& name : from) {
    if (!check.expect_axis(check.in(0), name, "input 0")) return;
    count(before, check.in(0).size_of(name));
    wanted = wanted.without(name);
  }
  for (const std::string& name : to) {
    if (!check.expect_axis(check.out(), name, "result")) return;
    if (!check.expect(!wanted.has(name), "the axis " + name_text(name) + " would be there twice")) return;
    count(after, check.out().size_of(name));
    wanted.axes.push_back({name, check.out().size_of(name)});
  }
  check.expect(sizes_agree(before, after), "another number of elements comes out than goes in");
  check.expect_type(check.out(), wanted, "result");
}

void check_concat(Checker& check) {
  const std::string& name = check.node.text("axis");
  std::vector<Axis> axes;
  int64_t total = 0;
  for (size_t i = 0; i < check.node.inputs.size(); ++i) {
    const Type& type = check.in(i);
    const int64_t size = type.has(name) ? type.size_of(name) : 1;
    total = total == kUnknownSize || size == kUnknownSize ? kUnknownSize : total + size;
    const auto merged = check.merge(axes, type.without(name).axes);
    if (!merged) return;
    axes = *merged;
  }
  axes.push_back({name, total});
  check.expect_axis_set(check.out(), axes, "result");
}

}  // namespace

void check_shape(Checker& check) {
  switch (check.node.op) {
    case Op::constant:
      check.expect_scalar(check.out(), "result");
      break;
    case Op::values:
      check_vector(check, static_cast<int64_t>(check.node.reals("values").size()));
      break;
    case Op::iota:
      check_vector(check, check.node.integer("count"));
      break;
    case Op::extent:
      check_extent(check);
      break;
    case Op::cast:
      check_cast(check);
      break;
    case Op::rename:
      check_rename(check);
      break;
    case Op::expand:
      check_expand(check);
      break;
    case Op::slice:
      check_slice(check);
      break;
    case Op::take:
      check_take(check);
      break;
    case Op::put:
      check_put(check);
      break;
    case Op::pad:
      check_pad(check);
      break;
    case Op::reshape:
      check_reshape(check);
      break;
    case Op::concat:
      check_concat(check);
      break;
    default:
      check_element(check);  // select, quantile, top_k, bottom_k, cumsum, standardize
      break;
  }
}

}  // namespace duet
