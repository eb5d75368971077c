// Rules of the pure operations with blocks.
#include <algorithm>
#include <set>

#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

std::string number(const char* what, size_t i) {
  return std::string(what) + ' ' + std::to_string(i);
}

/// A carry has one type: before, inside (as parameter and as result) and after. `first` is its parameter.
void check_carry(Checker& check, size_t i, size_t first) {
  check.expect_type(check.parameter(first + i), check.in(i), number("parameter", first + i));
  check.expect_type(check.result(i), check.in(i), number("result", i) + " of the block");
  check.expect_type(check.out(i), check.in(i), number("result", i));
}

void check_step(Checker& check) {
  check.expect_scalar(check.parameter(0), "parameter 0");
  check.expect_kind(check.parameter(0), Kind::real, "parameter 0");
}

void check_sequence(Checker& check, size_t input, size_t parameter) {
  const std::string& axis = check.node.text("axis");
  const Type& whole = check.in(input);
  if (!check.expect_axis(whole, axis, number("input", input))) return;
  check.expect_type(check.parameter(parameter), whole.without(axis), number("parameter", parameter));
  const int64_t size = whole.size_of(axis), end = check.node.integer("from") + check.node.integer("count");
  check.expect(size == kUnknownSize || end <= size, "the last step lies after the end of " + number("input", input));
}

void check_output(Checker& check, size_t i) {
  Type wanted = check.result(i);
  const std::string& axis = check.node.text("axis");
  if (!check.expect(!wanted.has(axis), number("result", i) + " of the block already has the axis " + name_text(axis)))
    return;
  wanted.axes.insert(wanted.axes.begin(), {axis, check.node.integer("count")});
  check.expect_type(check.out(i), wanted, number("result", i));
}

void check_scan(Checker& check) {
  const int64_t carries = check.node.integer("carries"), sequences = check.node.integer("sequences");
  if (!check.expect(carries >= 0 && sequences >= 0, "`carries` and `sequences` must not be negative")) return;
  check.expect(check.node.integer("count") >= 0, "`count` must not be negative");
  check.expect(check.node.integer("from") >= 0, "`from` must not be negative");
  const auto c = static_cast<size_t>(carries), s = static_cast<size_t>(sequences);
  if (!check.expect(check.node.inputs.size() == c + s,
                    "has " + std::to_string(check.node.inputs.size()) + " inputs instead of " + std::to_string(c + s)))
    return;
  if (!check.expect(check.node.results.size() >= c, "has fewer results than carries")) return;
  if (!check.expect_block(0, 1 + c + s, check.node.results.size())) return;
  check_step(check);
  for (size_t i = 0; i < c; ++i) check_carry(check, i, 1);
  for (size_t i = 0; i < s; ++i) check_sequence(check, c + i, 1 + c + i);
  for (size_t i = c; i < check.node.results.size(); ++i) check_output(check, i);
}

void check_iterate(Checker& check) {
  const size_t n = check.node.inputs.size();
  check.expect(check.node.integer("count") >= 0, "`count` must not be negative");
  if (!check.expect(check.node.results.size() == n, "needs as many results as inputs")) return;
  if (!check.expect_block(0, 1 + n, n)) return;
  check_step(check);
  for (size_t i = 0; i < n; ++i) check_carry(check, i, 1);
}

void check_choose(Checker& check) {
  const std::vector<int64_t>& cases = check.node.integers("cases");
  check.expect_scalar(check.in(0), "input 0");
  check.expect(cases.size() == check.node.blocks.size(), "needs one block for each of `cases`");
  check.expect(std::set(cases.begin(), cases.end()).size() == cases.size(), "`cases` has a number twice");
  for (size_t b = 0; b < check.node.blocks.size(); ++b) {
    if (!check.expect_block(b, 0, check.node.results.size())) continue;
    for (size_t i = 0; i < check.node.results.size(); ++i)
      check.expect_type(check.result(i, b), check.out(i), number("result", i) + " of " + number("block", b));
  }
}

void check_gradient(Checker& check) {
  const size_t n = check.node.inputs.size();
  if (!check.expect(check.node.results.size() == n + 1, "needs one result more than inputs")) return;
  if (!check.expect_block(0, n, 1)) return;
  check.expect_scalar(check.result(0), "result 0 of the block");
  check.expect_type(check.out(0), {Kind::real, {}}, "result 0");
  for (size_t i = 0; i < n; ++i) {
    check.expect_kind(check.in(i), Kind::real, number("input", i));
    check.expect_type(check.parameter(i), check.in(i), number("parameter", i));
    check.expect_type(check.out(i + 1), check.in(i), number("result", i + 1));
  }
}

void check_same_results(Checker& check) {
  if (!check.expect_block(0, 0, check.node.results.size())) return;
  for (size_t i = 0; i < check.node.results.size(); ++i)
    check.expect_type(check.result(i), check.out(i), number("result", i) + " of the block");
}

bool element_wise(const Node& node) {
  const OpGroup group = info(node.op).group;
  return group == OpGroup::unary || group == OpGroup::binary || node.op == Op::select || node.op == Op::cast ||
         node.op == Op::constant || node.op == Op::rename;
}

void check_fused(Checker& check) {
  check_same_results(check);
  for (const Node& node : check.node.blocks[0].nodes)
    check.expect(element_wise(node), std::string(info(node.op).name) + " is not element-wise");
  for (size_t i = 1; i < check.node.results.size(); ++i)
    check.expect_axis_set(check.out(i), check.out(0).axes, number("result", i));
}

void check_tile(Checker& check) {
  check_same_results(check);
  const auto& sizes = check.node.integers("sizes");
  check.expect(sizes.size() == check.node.texts("axes").size(), "needs one of `sizes` for each of `axes`");
  check.expect(std::ranges::all_of(sizes, [](int64_t size) { return size > 0; }), "`sizes` must be positive");
}

}  // namespace

void check_control(Checker& check) {
  if (check.node.op == Op::scan) return check_scan(check);
  if (check.node.op == Op::iterate) return check_iterate(check);
  if (check.node.op == Op::choose) return check_choose(check);
  if (check.node.op == Op::fused) return check_fused(check);
  if (check.node.op == Op::tile) return check_tile(check);
  check_gradient(check);
}

}  // namespace duet
