#include <algorithm>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

/// Functions that work along named axes: sum[H](x), quantile[candidate](J, q), append[H](a, b) ...
namespace duet {

std::string Elaborator::only_axis(const Reduction& r) {
  if (r.axes.size() != 1)
    fail(error("E0315", r.spans.empty() ? Span{} : r.spans[0], "`" + r.name + "[...]` works along one axis"));
  return r.axes[0];
}

/// Reports axes that x lacks.
void Elaborator::check_reduced(const Reduction& r, ValueId x, Span at) {
  for (size_t i = 0; i < r.axes.size(); ++i) {
    if (builder_.type(x).has(r.axes[i])) continue;
    std::vector<std::string> known;
    for (const Axis& axis : builder_.type(x).axes) known.push_back(axis.name);
    fail(error("E0316", r.spans[i], "there is no axis `" + r.axes[i] + "` to reduce")
             .label(at, to_string(builder_.type(x)))
             .help(did_you_mean(r.axes[i], known)));
  }
}

Thing Elaborator::call_reduction(const Reduction& r, const ast::Expr& expr, const ScopePtr& scope) {
  const CallArguments args = arguments(expr, scope);
  const Span span = expr.span;
  const std::string what = "`" + r.name + "[...]`";
  const bool chooses = r.name == "top_k" || r.name == "bottom_k";
  if (r.name == "spline") return resample(r, args, scope, span);
  only_options(args, chooses ? std::vector<std::string>{"axis"} : std::vector<std::string>{}, what);
  if (r.name == "coloured") return make_coloured(r, args, span);
  if (r.name == "append") return append(r, args, span);
  if (r.name == "flatten") return flatten(r, args, span);
  if (r.name == "dot") {
    need_arguments(args, 2, what, span);
    const ValueId x = tensor(binary("*", args.positional[0], args.positional[1], span), span);
    check_reduced(r, x, span);
    return Tensor{builder_.reduce(Op::sum, x, r.axes, span)};
  }
  if (r.name == "categorical") {
    need_arguments(args, 1, what, span);
    auto d = std::make_shared<Distribution>();
    d->kind = Distribution::Kind::categorical;
    d->axis = only_axis(r);
    d->a = tensor(args.positional[0].thing, args.positional[0].span);
    check_reduced(r, d->a, args.positional[0].span);
    return std::shared_ptr<const Distribution>(d);
  }
  const auto op = find_op(r.name);
  const bool quantile = op == Op::quantile;
  const bool keeps_axis = op == Op::cumsum || op == Op::standardize;
  if (!op || (info(*op).group != OpGroup::reduce && !quantile && !chooses && !keeps_axis))
    fail(error("E0338", expr.children[0]->span, "`" + r.name + "` does not work along axes"));
  need_arguments(args, quantile || chooses ? 2 : 1, what, span);
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  check_reduced(r, x, args.positional[0].span);
  if (chooses) return choose_best(*op, r, x, args, span);
  if (quantile) {
    const ValueId q = tensor(args.positional[1].thing, args.positional[1].span);
    check_scalar(q, args.positional[1].span, "the level of a quantile");
    const std::string axis = only_axis(r);
    return Tensor{
        builder_.emit1(*op, {x, q}, builder_.type(x).without(axis), span, {{"axes", std::vector<std::string>{axis}}})};
  }
  if (keeps_axis)
    return Tensor{builder_.emit1(*op, {x}, builder_.type(x), span, {{"axes", std::vector<std::string>{only_axis(r)}}})};
  if (*op == Op::argmin || *op == Op::argmax) only_axis(r);
  return Tensor{builder_.reduce(*op, x, r.axes, span)};
}

Thing Elaborator::flatten(const Reduction& r, const CallArguments& args, Span span) {
  need_arguments(args, 1, "`flatten[...]`", span);
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  check_reduced(r, x, args.positional[0].span);
  Type type = builder_.type(x);
  int64_t count = 1;
  for (const std::string& axis : r.axes) {
    const int64_t size = type.size_of(axis);
    count = count == kUnknownSize || size == kUnknownSize ? kUnknownSize : count * size;
    type = type.without(axis);
  }
  if (type.has("_")) fail(error("E0311", span, "the result would be an unnamed vector twice").here(to_string(type)));
  type.axes.push_back({"_", count});
  return Tensor{
      builder_.emit1(Op::reshape, {x}, type, span, {{"from", r.axes}, {"to", std::vector<std::string>{"_"}}})};
}

/// `unflatten[leg: 4, xyz: 3](x)`
Thing Elaborator::unflatten(const ast::Expr& expr, const ScopePtr& scope) {
  const ast::Expr& callee = *expr.children[0];
  const CallArguments args = arguments(expr, scope);
  only_options(args, {}, "`unflatten[...]`");
  need_arguments(args, 1, "`unflatten[...]`", expr.span);
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  const auto vector = vector_axis(builder_.type(x));
  if (!vector)
    fail(error("E0336", args.positional[0].span, "`unflatten` takes a vector").here(to_string(builder_.type(x))));
  Type type = builder_.type(x).without(*vector);
  std::vector<std::string> names;
  int64_t count = 1;
  for (const ast::Selector& selector : callee.selectors) {
    if (!selector.axis || selector.index || selector.range.is_range)
      fail(error("E0315", selector.span, "`unflatten` takes axes with their sizes")
               .help("for example `unflatten[leg: 4, xyz: 3](x)`"));
    const int64_t size = whole(*selector.range.from, scope, "the size of an axis");
    if (type.has(selector.axis->text))
      fail(error("E0311", selector.span, "axis `" + selector.axis->text + "` is there already").here(to_string(type)));
    count = count == kUnknownSize || size == kUnknownSize ? kUnknownSize : count * size;
    type.axes.push_back({selector.axis->text, size});
    names.push_back(selector.axis->text);
  }
  if (!sizes_agree(count, builder_.type(x).size_of(*vector)))
    fail(error("E0302", expr.span, "a vector of another length is dealt out")
             .label(args.positional[0].span, to_string(builder_.type(x)))
             .label(callee.span, std::to_string(count) + " places"));
  return Tensor{
      builder_.emit1(Op::reshape, {x}, type, expr.span, {{"from", std::vector<std::string>{*vector}}, {"to", names}})};
}

Thing Elaborator::append(const Reduction& r, const CallArguments& args, Span span) {
  need_arguments(args, 2, "`append[...]`", span);
  const std::string axis = only_axis(r);
  const Meaning &first = args.positional[0], &second = args.positional[1];
  const ValueId a = tensor(first.thing, first.span), b = tensor(second.thing, second.span);
  check_reduced(r, a, first.span);
  const Type ta = builder_.type(a), tb = builder_.type(b);
  const int64_t na = ta.size_of(axis), nb = tb.has(axis) ? tb.size_of(axis) : 1;
  const auto axes = merge_axes(ta.without(axis).axes, tb.without(axis).axes);
  if (!axes)
    fail(error("E0301", span, "the axes of the two parts do not agree")
             .label(first.span, to_string(ta))
             .label(second.span, to_string(tb)));
  // The joined axis keeps its place among the axes of the first part.
  std::vector<Axis> joined = ta.axes;
  joined[static_cast<size_t>(ta.find(axis))].size = na == kUnknownSize || nb == kUnknownSize ? kUnknownSize : na + nb;
  return Tensor{builder_.emit1(Op::concat, {a, b}, {ta.kind, *merge_axes(joined, *axes)}, span, {{"axis", axis}})};
}

/// `spline[K, H](x, order = "cubic")`: values along K become values along H.
Thing Elaborator::resample(const Reduction& r, const CallArguments& args, const ScopePtr& scope, Span span) {
  only_options(args, {"order"}, "`spline[...]`");
  need_arguments(args, 1, "`spline[...]`", span);
  if (r.axes.size() != 2)
    fail(error("E0315", span, "`spline` goes from one axis to another").help("for example `spline[K, H](knots)`"));
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  check_reduced({r.name, {r.axes[0]}, {r.spans[0]}}, x, args.positional[0].span);
  const Axis from{r.axes[0], builder_.type(x).size_of(r.axes[0])};
  const Axis to = axis({{r.axes[1], r.spans[1]}, nullptr, r.spans[1]}, scope);
  if (builder_.type(x).has(to.name))
    fail(error("E0311", r.spans[1], "axis `" + to.name + "` is there already").here(to_string(builder_.type(x))));
  std::optional<Spline> order = Spline::cubic;
  for (const auto& [option, meaning] : args.named) {
    const auto* text = std::get_if<Text>(&meaning.thing);
    order = text ? spline_order(text->text) : std::nullopt;
    if (!order) fail(error("E0315", meaning.span, "`order` is \"zero\", \"linear\" or \"cubic\""));
  }
  const bool known = from.size != kUnknownSize && to.size != kUnknownSize;
  return Tensor{map_along(x, from, to, known ? spline(from.size, to.size, *order) : LinearMap{}, span)};
}

ValueId Elaborator::map_along(ValueId x, const Axis& from, const Axis& to, const LinearMap& map, Span span) {
  const Type matrix{Kind::real, {from, to}};
  const std::string flat = "map of " + from.name;
  const ValueId weights =
      map.values.empty()
          ? builder_.expand(builder_.constant(0, span), matrix.axes, span)
          : builder_.emit1(
                Op::reshape,
                {builder_.emit1(Op::values, {}, {Kind::real, {{flat, map.rows * map.columns}}}, span,
                                {{"values", map.values}, {"axis", flat}})},
                matrix, span,
                {{"from", std::vector<std::string>{flat}}, {"to", std::vector<std::string>{from.name, to.name}}});
  Type result = builder_.type(x);
  result.axes[static_cast<size_t>(result.find(from.name))] = to;
  return builder_.emit1(Op::contract, {x, weights}, result, span, {{"axes", std::vector<std::string>{from.name}}});
}

/// top_k and bottom_k: indices along a new axis.
Thing Elaborator::choose_best(Op op, const Reduction& r, ValueId x, const CallArguments& args, Span span) {
  const std::string axis = only_axis(r);
  const int64_t count = whole_of(args.positional[1].thing, args.positional[1].span, "how many are chosen");
  const int64_t size = builder_.type(x).size_of(axis);
  if (count != kUnknownSize && (count < 1 || (size != kUnknownSize && count > size)))
    fail(error("E0310", args.positional[1].span,
               "cannot choose " + std::to_string(count) + " of " + std::to_string(size)));
  std::string name = "best";
  for (const auto& [option, meaning] : args.named) {
    const auto* text = std::get_if<Text>(&meaning.thing);
    if (!text)
      fail(error("E0315", meaning.span, "the new axis is named by a string").help("for example `axis = \"elite\"`"));
    name = text->text;
  }
  Type result = builder_.type(x).without(axis);
  result.kind = Kind::index;
  result.axes.push_back({name, count});
  return Tensor{builder_.emit1(op, {x}, result, span,
                               {{"axes", std::vector<std::string>{axis}}, {"axis", name}, {"count", count}})};
}

}  // namespace duet
