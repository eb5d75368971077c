// Rules of the operations that work on elements, and of reductions.
#include <algorithm>

#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

bool gives_boolean(Op op) {
  switch (op) {
    case Op::logical_not:
    case Op::is_finite:
    case Op::less:
    case Op::less_equal:
    case Op::equal:
    case Op::not_equal:
    case Op::logical_and:
    case Op::logical_or:
      return true;
    default:
      return false;
  }
}

/// Operations whose result is always one of the elements they were given.
bool keeps_elements(Op op) {
  return op == Op::stop || op == Op::minimum || op == Op::maximum || op == Op::select || op == Op::min || op == Op::max;
}

/// A number is real, or keeps the kind of its inputs where that makes sense.
void check_number_kind(Checker& check, size_t first_input) {
  const Kind kind = check.out().kind;
  if (kind == Kind::real) return;
  bool shared = true;
  for (size_t i = first_input; i < check.node.inputs.size(); ++i) shared = shared && check.in(i).kind == kind;
  check.expect(shared && (kind == Kind::index || keeps_elements(check.node.op)),
               "result is " + type_text(check.out()) + " but should be real");
}

void check_result_kind(Checker& check) {
  if (gives_boolean(check.node.op))
    check.expect_kind(check.out(), Kind::boolean, "result");
  else
    check_number_kind(check, check.node.op == Op::select ? 1 : 0);
}

void check_select(Checker& check) {
  const auto either = check.merge(check.in(1).axes, check.in(2).axes);
  const auto all = either ? check.merge(*either, check.in(0).axes) : std::nullopt;
  if (all) check.expect_axis_set(check.out(), *all, "result");
}

void check_reduce(Checker& check) {
  const std::vector<std::string>& axes = check.node.texts("axes");
  check.expect(!axes.empty(), "`axes` is empty");
  Type left = check.in(0);
  for (const std::string& axis : axes)
    if (check.expect(left.has(axis), "no axis " + name_text(axis) + " left to remove from " + type_text(check.in(0))))
      left = left.without(axis);
  check.expect_axes(check.out(), left.axes, "result");
  const bool position = check.node.op == Op::argmin || check.node.op == Op::argmax;
  if (!position) return check_number_kind(check, 0);
  check.expect(axes.size() == 1, "takes one axis, but `axes` has " + std::to_string(axes.size()));
  check.expect_kind(check.out(), Kind::index, "result");
}

void check_quantile(Checker& check) {
  const auto axis = check.single_axis(check.in(0));
  if (!axis) return;
  if (const auto axes = check.merge(check.in(0).without(*axis).axes, check.in(1).axes))
    check.expect_axis_set(check.out(), *axes, "result");
  check.expect_kind(check.out(), Kind::real, "result");
}

void check_top(Checker& check) {
  const auto axis = check.single_axis(check.in(0));
  if (!axis) return;
  const int64_t count = check.node.integer("count"), size = check.in(0).size_of(*axis);
  check.expect(count >= 1, "`count` must be at least 1");
  check.expect(size == kUnknownSize || count <= size,
               "`count` is " + std::to_string(count) + ", more than the " + std::to_string(size) + " there are");
  Type wanted = check.in(0).without(*axis);
  const std::string& name = check.node.text("axis");
  if (!check.expect(!wanted.has(name), "input 0 already has the axis " + name_text(name))) return;
  wanted.axes.push_back({name, count});
  check.expect_axis_set(check.out(), wanted.axes, "result");
  check.expect_kind(check.out(), Kind::index, "result");
}

}  // namespace

void check_element(Checker& check) {
  const OpGroup group = info(check.node.op).group;
  if (group == OpGroup::reduce) return check_reduce(check);
  if (check.node.op == Op::quantile) return check_quantile(check);
  if (check.node.op == Op::top_k || check.node.op == Op::bottom_k) return check_top(check);
  if (check.node.op == Op::select) {
    check_select(check);
  } else if (group == OpGroup::binary) {
    if (const auto axes = check.merge(check.in(0).axes, check.in(1).axes))
      check.expect_axes(check.out(), *axes, "result");
  } else {
    const Op op = check.node.op;
    if (op == Op::cumsum || op == Op::standardize || op == Op::standardize_gradient) check.single_axis(check.in(0));
    if (op == Op::standardize_gradient) check.expect_axis_set(check.in(1), check.in(0).axes, "input 1");
    check.expect_axes(check.out(), check.in(0).axes, "result");
  }
  check_result_kind(check);
}

}  // namespace duet
