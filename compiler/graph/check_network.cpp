// Rules of random draws and of networks.
#include <algorithm>

#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

void check_noise(Checker& check) {
  const std::string& distribution = check.node.text("distribution");
  check.expect(distribution == "normal" || distribution == "uniform" || distribution == "truncated",
               "there is no distribution " + quoted(distribution));
  if (distribution == "truncated")
    check.expect(check.node.has("bound") && check.node.real("bound") > 0, "truncated noise needs a positive `bound`");
  check.expect_kind(check.out(), Kind::real, "result");
}

void check_categorical(Checker& check) {
  const auto axis = check.single_axis(check.in(0));
  if (!axis) return;
  check.expect_kind(check.out(), Kind::index, "result");
  for (const Axis& kept : check.in(0).without(*axis).axes)
    if (check.expect_axis(check.out(), kept.name, "result"))
      check.expect(sizes_agree(kept.size, check.out().size_of(kept.name)),
                   "axis " + name_text(kept.name) + " cannot change its size");
}

/// Axes that w has and x has not (nor is `out`) come first in the result.
void check_linear_order(Checker& check, const std::vector<Axis>& weights, const std::string& out) {
  const Type taken{Kind::real, weights};
  size_t own = 0;
  for (const Axis& axis : weights) own += axis.name != out && !check.in(0).has(axis.name);
  for (size_t i = 0; i < own; ++i) {
    const std::string& name = check.out().axes[i].name;
    check.expect(taken.has(name) && name != out && !check.in(0).has(name),
                 "axes that only the weights have come first in the result, which is " + type_text(check.out()));
  }
}

/// The axes of weights or biases after the index, if there is one, has chosen among them.
std::optional<std::vector<Axis>> chosen(Checker& check, size_t input) {
  const Type& type = check.in(input);
  if (check.node.inputs.size() < 4) return type.axes;
  const std::string& by = check.node.text("by");
  if (!type.has(by)) return type.axes;
  return check.merge(type.without(by).axes, check.in(3).axes);
}

bool check_choice(Checker& check, const std::string& in, const std::string& out) {
  const bool indexed = check.node.inputs.size() == 4;
  if (!check.expect(indexed == check.node.has("by"), "`by` and input 3 go together")) return false;
  if (!indexed) return true;
  const std::string& by = check.node.text("by");
  check.expect(check.in(3).kind != Kind::boolean, "the index must not be bool");
  check.expect(!check.in(0).has(by), "input 0 already has the axis " + name_text(by));
  for (const std::string& name : {in, out, by})
    check.expect(!check.in(3).has(name), "the index must not have the axis " + name_text(name));
  return check.expect_axis(check.in(1), by, "input 1");
}

void check_options(Checker& check) {
  if (check.node.has("activation")) {
    const std::string& activation = check.node.text("activation");
    check.expect(activation == "relu" || activation == "swish" || activation == "tanh" || activation == "sigmoid",
                 "there is no activation " + quoted(activation));
  }
  const bool slope = check.node.has("slope");
  check.expect(slope == (check.node.results.size() == 2), "`slope` goes with a second result");
  if (slope) {
    check.expect(check.node.integer("slope") == 1, "`slope` is 1 where it is given");
    check.expect(check.node.has("activation") && check.node.text("activation") == "swish",
                 "`slope` is that of a swish");
    check.expect(!check.node.has("precision"), "there is no slope of what is rounded");
    if (check.node.results.size() == 2) check.expect_type(check.out(1), check.out(0), "the slope");
  }
  if (check.node.has("precision"))
    check.expect(check.node.text("precision") == "bf16",
                 "there is no precision " + quoted(check.node.text("precision")));
}

void check_linear(Checker& check) {
  check_options(check);
  const std::string &in = check.node.text("in"), &out = check.node.text("out");
  if (!check.expect(in != out, "`in` and `out` are the same axis")) return;
  if (!check.expect_axis(check.in(0), in, "input 0") || !check.expect_axis(check.in(1), in, "input 1")) return;
  if (!check.expect_axis(check.in(1), out, "input 1")) return;
  check.expect(!check.in(0).has(out), "input 0 already has the axis " + name_text(out));
  if (!check_choice(check, in, out)) return;
  const auto weights = chosen(check, 1), bias = chosen(check, 2);
  if (!weights || !bias || !check.merge(*weights, check.in(0).axes)) return;
  std::vector<Axis> axes;  // those of the weights alone, those of x, the new one
  for (const Axis& axis : *weights)
    if (axis.name != out && !check.in(0).has(axis.name)) axes.push_back(axis);
  for (const Axis& axis : check.in(0).without(in).axes) axes.push_back(axis);
  axes.push_back({out, check.in(1).size_of(out)});
  const auto with_bias = check.merge(axes, *bias);
  if (!with_bias) return;
  check.expect(with_bias->size() == axes.size(), "input 2 has axes that the result lacks");
  if (check.expect_axis_set(check.out(), axes, "result")) check_linear_order(check, *weights, out);
  check.expect_kind(check.out(), Kind::real, "result");
}

/// What a product is multiplied with.
void check_factor(Checker& check, const std::vector<Axis>& axes) {
  const bool there = check.node.inputs.size() == 3;
  if (!check.expect(there == check.node.has("factor"), "`factor` goes with input 2") || !there) return;
  const std::string& factor = check.node.text("factor");
  check.expect(factor == "value" || factor == "positive", "there is no factor " + quoted(factor));
  check.expect_axis_set(check.in(2), axes, "input 2");
}

void check_contract(Checker& check) {
  const std::vector<std::string>& summed = check.node.texts("axes");
  check.expect(!summed.empty(), "`axes` is empty");
  const auto all = check.merge(check.in(0).axes, check.in(1).axes);
  if (!all) return;
  Type wanted{Kind::real, *all};
  for (const std::string& axis : summed) {
    if (!check.expect_axis(check.in(0), axis, "input 0") || !check.expect_axis(check.in(1), axis, "input 1")) return;
    wanted = wanted.without(axis);
  }
  check.expect_axis_set(check.out(), wanted.axes, "result");
  check.expect_kind(check.out(), Kind::real, "result");
  check_factor(check, wanted.axes);
  if (!check.node.has("zero_rows")) return;
  for (const std::string& axis : check.node.texts("zero_rows"))
    if (check.expect_axis(check.in(0), axis, "input 0")) check.expect_axis(check.out(), axis, "result");
}

/// The axes of the rows: those of k, and all but the last of the other inputs.
std::optional<std::vector<Axis>> row_axes(Checker& check) {
  std::optional<std::vector<Axis>> axes = check.in(0).axes;
  for (size_t i = 1; axes && i < check.node.inputs.size(); ++i) {
    std::vector<Axis> outer = check.in(i).axes;
    if (!check.expect(!outer.empty(), "input " + std::to_string(i) + " is a scalar")) return std::nullopt;
    outer.pop_back();
    axes = check.merge(*axes, outer);
  }
  return axes;
}

void check_group(Checker& check) {
  if (!check.expect_block(0, check.node.inputs.size(), check.node.results.size())) return;
  check.expect(check.node.integer("count") >= 1, "`count` must be at least 1");
  check.expect(check.in(0).kind != Kind::boolean, "the index must not be bool");
  check.expect_scalar(check.parameter(0), "parameter 0");
  const auto outer = row_axes(check);
  if (!outer) return;
  for (size_t i = 1; i < check.node.inputs.size(); ++i)
    check.expect_type(check.parameter(i), {check.in(i).kind, {{"row", kUnknownSize}, check.in(i).axes.back()}},
                      "parameter " + std::to_string(i));
  for (size_t i = 0; i < check.node.results.size(); ++i) {
    const std::string which = "result " + std::to_string(i);
    const Type& inner = check.result(i);
    if (!check.expect_axis(inner, "row", which + " of the block")) continue;
    if (const auto axes = check.merge(*outer, inner.without("row").axes))
      check.expect_axis_set(check.out(i), *axes, which);
    check.expect_kind(check.out(i), inner.kind, which);
  }
}

}  // namespace

void check_network(Checker& check) {
  if (check.node.op == Op::noise) return check_noise(check);
  if (check.node.op == Op::categorical) return check_categorical(check);
  if (check.node.op == Op::linear) return check_linear(check);
  if (check.node.op == Op::contract) return check_contract(check);
  check_group(check);
}

}  // namespace duet
