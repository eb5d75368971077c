#include <algorithm>
#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

namespace duet {

Thing Elaborator::evaluate_index(const ast::Expr& expr, const ScopePtr& scope) {
  const ast::Expr& base = *expr.children[0];
  if (base.kind == ast::ExprKind::name && !scope->find(base.text) && !scope->axis(base.text) && is_builtin(base.text))
    return std::make_shared<const Reduction>(reduction(base.text, expr));

  const Thing thing = evaluate(base, scope);
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(&thing)) {
    if (expr.selectors.size() != 1 || expr.selectors[0].range.is_range || !expr.selectors[0].range.from)
      fail(error("E0313", expr.span, "choose members with one index: `" + (*module)->name + "[k]`"));
    const ValueId member = tensor(*expr.selectors[0].range.from, scope);
    return std::make_shared<const ModuleChoice>(ModuleChoice{*module, {member, {}}});
  }
  if (const auto* list = std::get_if<std::shared_ptr<const List>>(&thing)) {
    const ast::Selector& selector = expr.selectors[0];
    if (expr.selectors.size() == 1 && !selector.axis && !selector.range.is_range && selector.range.from) {
      const Thing at = evaluate(*selector.range.from, scope);
      if (const auto* n = std::get_if<Number>(&at)) {
        const auto count = static_cast<int64_t>((*list)->items.size());
        const int64_t i = static_cast<int64_t>(n->value) + (n->value < 0 ? count : 0);
        if (i < 0 || i >= count)
          fail(error("E0314", selector.span,
                     "index " + std::to_string(int64_t(n->value)) + " is outside a list of " + std::to_string(count)));
        return (*list)->items[static_cast<size_t>(i)];
      }
    }
  }
  return index_tensor(tensor(thing, base.span), expr, scope);
}

Reduction Elaborator::reduction(const std::string& name, const ast::Expr& expr) {
  Reduction result{name, {}, {}};
  for (const ast::Selector& selector : expr.selectors) {
    if (selector.axis) {
      result.axes.push_back(selector.axis->text);
    } else if (selector.range.from && !selector.range.is_range && selector.range.from->kind == ast::ExprKind::name) {
      result.axes.push_back(selector.range.from->text);
    } else {
      fail(error("E0315", selector.span, "`" + name + "[...]` takes names of axes")
               .help("for example `" + name + "[batch](x)`"));
    }
    result.spans.push_back(selector.span);
  }
  return result;
}

Thing Elaborator::index_tensor(ValueId x, const ast::Expr& expr, const ScopePtr& scope) {
  for (const ast::Selector& selector : expr.selectors) {
    const Type type = builder_.type(x);
    if (selector.index)
      fail(error("E0315", selector.span, "`" + selector.index->text + " in ...` belongs into a reduction")
               .help("for example `sum[h in H](gamma^h * r)`"));
    if (selector.range.from && selector.range.from->kind == ast::ExprKind::string && !selector.axis) {
      x = select_named(x, selector.range.from->text, selector.span);
      continue;
    }
    std::string axis;
    if (selector.axis) {
      axis = selector.axis->text;
      if (!type.has(axis)) {
        std::vector<std::string> known;
        for (const Axis& a : type.axes) known.push_back(a.name);
        fail(error("E0316", selector.span, "there is no axis `" + axis + "` to index")
                 .label(expr.children[0]->span, to_string(type))
                 .help(did_you_mean(axis, known)));
      }
    } else {
      // A bare index picks a component of a vector; without a vector axis, an element of the only axis.
      std::vector<std::string> own;
      for (const Axis& a : type.axes)
        if (is_vector_axis(a.name)) own.push_back(a.name);
      if (own.empty())
        for (const Axis& a : type.axes) own.push_back(a.name);
      if (own.size() != 1)
        fail(error("E0317", selector.span,
                   own.empty() ? "a single number cannot be indexed"
                               : "say which axis is indexed, as in `[" + own[0] + ": 0]`")
                 .label(expr.children[0]->span, to_string(type)));
      axis = own[0];
    }
    x = select_along(x, axis, selector, scope);
  }
  return Tensor{x};
}

ValueId Elaborator::select_along(ValueId x, const std::string& axis, const ast::Selector& selector,
                                 const ScopePtr& scope) {
  const int64_t size = builder_.type(x).size_of(axis);
  const auto inside = [&](const ast::Expr& expr, int64_t last) {
    const std::optional<int64_t> at = position(expr, scope, size);
    if (at && (*at < 0 || (size != kUnknownSize && *at > last)))
      fail(error("E0314", expr.span,
                 "index " + std::to_string(static_cast<int64_t>(number(expr, scope, "a position"))) +
                     " is outside axis `" + axis + "` of size " + std::to_string(size)));
    return at;
  };
  if (selector.range.is_range) {
    std::optional<int64_t> from = 0, to;
    if (size != kUnknownSize) to = size;
    if (selector.range.from) from = inside(*selector.range.from, size);
    if (selector.range.to) to = inside(*selector.range.to, size);
    if (from && to && *to <= *from)
      fail(error("E0314", selector.span, "this range of axis `" + axis + "` is empty")
               .here(std::to_string(*from) + ".." + std::to_string(*to)));
    Type result = builder_.type(x);
    const bool known = from && to;
    result.axes[static_cast<size_t>(result.find(axis))].size = known ? *to - *from : kUnknownSize;
    const ValueId piece = builder_.emit1(Op::slice, {x}, result, selector.span,
                                         {{"axis", axis}, {"from", from.value_or(0)}, {"to", to.value_or(-1)}});
    // A piece of a vector is a vector without a name: it takes the name of what it meets.
    return is_vector_axis(axis) && axis != "_" ? builder_.rename(piece, axis, "_", selector.span) : piece;
  }
  const Thing index = evaluate(*selector.range.from, scope);
  ValueId i;
  if (std::get_if<Number>(&index)) {
    i = builder_.constant(static_cast<double>(inside(*selector.range.from, size - 1).value_or(0)), selector.span);
  } else {
    i = tensor(index, selector.span);
  }
  const Type rest = builder_.type(x).without(axis);
  if (const auto clash = clashing_axis(rest.axes, builder_.type(i).axes))
    fail(error("E0301", selector.span, "axis `" + *clash + "` has two different sizes")
             .here(to_string(builder_.type(i))));
  const auto merged = merge_axes(builder_.type(i).axes, rest.axes);
  return builder_.emit1(Op::take, {x, i}, {rest.kind, *merged}, selector.span, {{"axis", axis}});
}

}  // namespace duet
