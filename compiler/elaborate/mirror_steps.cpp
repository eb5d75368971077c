#include <functional>
#include <unordered_map>

#include "compiler/elaborate/elaborator.h"
#include "compiler/symbolic/evaluate.h"
#include "compiler/symbolic/normal_form.h"

/// One step of mirror descent as nodes: slope(new) = slope(old) - change, solved element by element, then projected in
/// the potential's divergence. For a box that projection moves elements to the limits; on a simplex it adds one number
/// to all slopes.
namespace duet {

namespace {

using symbolic::number;
using symbolic::TermPtr;

constexpr int64_t kDoublings = 60, kSolving = 60;  // single precision needs 24 bits, and an interval to find them in
constexpr double kRelativeMargin = 1e-6, kLeastMargin = 1e-12;

/// The ends of the domain, a little inside: there slopes are finite in single precision.
symbolic::Domain inner(const symbolic::Domain& domain) {
  const auto margin = [&](const TermPtr& end) {
    if (domain.low && domain.high) return number(kRelativeMargin) * (domain.high - domain.low);
    return number(kRelativeMargin) * symbolic::unary(Op::abs, end) + number(kLeastMargin);
  };
  symbolic::Domain result;
  if (domain.low) result.low = domain.low + margin(domain.low);
  if (domain.high) result.high = domain.high - margin(domain.high);
  return result;
}

}  // namespace

Elaborator::StepSet Elaborator::step_set(const ast::MirrorStep& step, ValueId theta, const ScopePtr& scope) {
  StepSet set;
  if (!step.within) return set;
  const ast::Expr& given = *step.within;
  if (given.kind == ast::ExprKind::index && given.children[0]->kind == ast::ExprKind::name &&
      given.children[0]->text == "simplex" && given.selectors.size() == 1 && given.selectors[0].range.from) {
    const std::string& axis = given.selectors[0].range.from->text;
    if (!builder_.type(theta).has(axis))
      fail(error("E0455", given.span, "theta has no axis `" + axis + "` along which it could be a distribution")
               .here(to_string(builder_.type(theta))));
    set.simplex = axis;
    return set;
  }
  if (given.kind == ast::ExprKind::name && given.text == "action") {
    set.low = action_limit(false, given.span);
    set.high = action_limit(true, given.span);
    return set;
  }
  const Thing thing = given.kind == ast::ExprKind::range ? evaluate(given, scope) : Thing{Poison{}};
  const auto* interval = std::get_if<std::shared_ptr<const Interval>>(&thing);
  if (!interval)
    fail(error("E0455", given.span, "theta is kept within `action`, a range or a simplex")
             .help("`within action`, `within 0.1..2` or `within simplex[control]`"));
  set.low = tensor((*interval)->from, given.span);
  set.high = tensor((*interval)->to, given.span);
  return set;
}

ValueId Elaborator::emit_term(const TermPtr& term, ValueId x, Span span) {
  std::unordered_map<const symbolic::Term*, ValueId> done;
  const std::function<ValueId(const TermPtr&)> emit = [&](const TermPtr& t) -> ValueId {
    if (const auto it = done.find(t.get()); it != done.end()) return it->second;
    ValueId id = x;
    switch (t->form) {
      case symbolic::Form::number:
        id = builder_.constant(t->number, span);
        break;
      case symbolic::Form::variable:
        break;
      case symbolic::Form::given:
        id = static_cast<ValueId>(t->given);
        break;
      case symbolic::Form::unary:
        id = builder_.unary(t->op, emit(t->a), span);
        break;
      case symbolic::Form::binary:
        id = t->op == Op::pow && symbolic::is_number(t->b, 2)
                 ? builder_.unary(Op::square, emit(t->a), span)
                 : binary_values(t->op, emit(t->a), emit(t->b), span, span, span);
        break;
    }
    return done[t.get()] = id;
  };
  return emit(term);
}

ValueId Elaborator::inside(const Potential& potential, ValueId x, Span span) {
  const symbolic::Domain ends = inner(potential.domain);
  if (ends.low) x = binary_values(Op::maximum, x, emit_term(ends.low, x, span), span, span, span);
  if (ends.high) x = binary_values(Op::minimum, x, emit_term(ends.high, x, span), span, span, span);
  return x;
}

ValueId Elaborator::mirrored(const Potential& potential, ValueId old, ValueId change, const StepSet& set, Span span) {
  const ValueId start = inside(potential, old, span);
  const ValueId dual = binary_values(Op::sub, emit_term(potential.slope, start, span), change, span, span, span);
  if (set.simplex) return on_simplex(potential, dual, start, *set.simplex, span);
  ValueId x = inside(potential, inverse(potential, dual, start, span), span);
  if (set.low >= 0) x = binary_values(Op::maximum, x, set.low, span, span, span);
  if (set.high >= 0) x = binary_values(Op::minimum, x, set.high, span, span, span);
  return x;
}

ValueId Elaborator::inverse(const Potential& potential, ValueId dual, ValueId old, Span span) {
  return potential.inverse ? emit_term(potential.inverse, dual, span) : newton(potential, dual, old, span);
}

/// Newton's iteration, kept within a bracket: where it would leave that, or converges slower than by halves, the middle
/// is taken (Press et al., Numerical Recipes, 9.4). Of all places the one with the least residual is given.
ValueId Elaborator::newton(const Potential& potential, ValueId dual, ValueId start, Span span) {
  const Type type = builder_.type(dual);
  const auto add = [&](ValueId a, ValueId b) { return binary_values(Op::add, a, b, span, span, span); };
  const auto sub = [&](ValueId a, ValueId b) { return binary_values(Op::sub, a, b, span, span, span); };
  const auto mul = [&](ValueId a, ValueId b) { return binary_values(Op::mul, a, b, span, span, span); };
  const auto less = [&](ValueId a, ValueId b) { return binary_values(Op::less, a, b, span, span, span); };
  const auto whole = [&](ValueId id) { return builder_.expand(id, type.axes, span); };
  const auto residual = [&](ValueId x) { return sub(emit_term(potential.slope, x, span), dual); };
  const auto iterate = [&](int64_t count, std::vector<ValueId> carries, const auto& body) {
    OpenBlock open(builder_);
    builder_.parameter({}, "k");
    std::vector<ValueId> now;
    for (const ValueId id : carries) now.push_back(builder_.parameter(builder_.type(id)));
    std::vector<ValueId> next = body(now);
    for (ValueId& id : next) id = whole(id);
    builder_.block().results = next;
    std::vector<Block> blocks;
    blocks.push_back(open.close());
    return builder_.emit(Op::iterate, carries, std::vector<Type>(carries.size(), type), span, {{"count", count}},
                         std::move(blocks));
  };
  start = whole(start);
  const symbolic::Domain ends = inner(potential.domain);
  ValueId low = ends.low ? whole(emit_term(ends.low, start, span)) : start;
  ValueId high = ends.high ? whole(emit_term(ends.high, start, span)) : start;
  const ValueId zero = builder_.constant(0, span), two = builder_.constant(2, span),
                half = builder_.constant(0.5, span);
  if (!ends.low || !ends.high) {
    const ValueId width = add(builder_.constant(1, span), builder_.unary(Op::abs, start, span));
    const auto found = iterate(kDoublings, {low, high, width}, [&](const std::vector<ValueId>& now) {
      const ValueId below = less(residual(now[0]), zero), above = less(zero, residual(now[1]));
      return std::vector<ValueId>{ends.low ? now[0] : builder_.select(below, now[0], sub(now[0], now[2]), span),
                                  ends.high ? now[1] : builder_.select(above, now[1], add(now[1], now[2]), span),
                                  mul(two, now[2])};
    });
    low = found[0];
    high = found[1];
  }
  const ValueId miss = builder_.unary(Op::abs, residual(start), span);
  const auto solved =
      iterate(kSolving, {low, high, start, sub(high, low), start, miss}, [&](const std::vector<ValueId>& now) {
        const ValueId x = now[2], f = residual(x), slope = emit_term(potential.curvature, x, span);
        const ValueId below = less(f, zero);
        const ValueId lower = builder_.select(below, x, now[0], span), upper = builder_.select(below, now[1], x, span);
        const ValueId newton = sub(x, binary_values(Op::div, f, slope, span, span, span));
        const ValueId middle = mul(half, add(lower, upper));
        const auto at_most = [&](ValueId a, ValueId b) {
          return binary_values(Op::less_equal, a, b, span, span, span);
        };
        const auto both = [&](ValueId a, ValueId b) { return binary_values(Op::logical_and, a, b, span, span, span); };
        const ValueId fast =
            at_most(builder_.unary(Op::abs, mul(two, f), span), builder_.unary(Op::abs, mul(now[3], slope), span));
        const ValueId within = both(at_most(lower, newton), at_most(newton, upper));
        const ValueId next = builder_.select(both(fast, within), newton, middle, span);
        const ValueId size = builder_.unary(Op::abs, f, span), better = less(size, now[5]);
        return std::vector<ValueId>{lower,
                                    upper,
                                    next,
                                    sub(next, x),
                                    builder_.select(better, x, now[4], span),
                                    builder_.select(better, size, now[5], span)};
      });
  return solved[4];
}

/// The one number that is added to all slopes so that the elements sum to 1: the sum grows with it, and it lies between
/// the numbers that bring the first and the last element to 1 / n.
ValueId Elaborator::on_simplex(const Potential& potential, ValueId dual, ValueId old, const std::string& axis,
                               Span span) {
  const auto op = [&](Op which, ValueId a, ValueId b) { return binary_values(which, a, b, span, span, span); };
  const auto normalised = [&](ValueId x) { return op(Op::div, x, builder_.reduce(Op::sum, x, {axis}, span)); };
  const symbolic::Sum slope = symbolic::as_sum(potential.slope);
  if (slope.summands.size() == 1 && symbolic::is_number(slope.summands[0].coefficient) &&
      same(slope.summands[0].what, symbolic::unary(Op::log, symbolic::variable()))) {
    // c log x + k: exponentials, of which the largest is 1.
    const ValueId scaled = op(Op::div, dual, builder_.constant(slope.summands[0].coefficient->number, span));
    const ValueId k = emit_term(slope.constant / slope.summands[0].coefficient, dual, span);
    const ValueId logs = op(Op::sub, scaled, k);
    return normalised(builder_.unary(Op::exp, op(Op::sub, logs, builder_.reduce(Op::max, logs, {axis}, span)), span));
  }
  const int64_t count = builder_.type(dual).size_of(axis);
  const ValueId even = builder_.constant(count == kUnknownSize ? 1 : 1.0 / static_cast<double>(count), span);
  const ValueId gap = op(Op::sub, emit_term(potential.slope, even, span), dual);
  const ValueId low = builder_.reduce(Op::min, gap, {axis}, span), high = builder_.reduce(Op::max, gap, {axis}, span);
  const ValueId zero = builder_.constant(0, span), one = builder_.constant(1, span),
                half = builder_.constant(0.5, span);
  const auto shares = [&](ValueId shift) {
    return op(Op::maximum, inverse(potential, op(Op::add, dual, shift), old, span), zero);
  };
  OpenBlock open(builder_);
  builder_.parameter({}, "k");
  const ValueId from = builder_.parameter(builder_.type(low)), to = builder_.parameter(builder_.type(low));
  const ValueId middle = op(Op::mul, half, op(Op::add, from, to));
  const ValueId less = op(Op::less, builder_.reduce(Op::sum, shares(middle), {axis}, span), one);
  builder_.block().results = {builder_.select(less, middle, from, span), builder_.select(less, to, middle, span)};
  std::vector<Block> blocks;
  blocks.push_back(open.close());
  const auto found = builder_.emit(Op::iterate, {low, high}, {builder_.type(low), builder_.type(low)}, span,
                                   {{"count", kSolving}}, std::move(blocks));
  return normalised(shares(op(Op::mul, half, op(Op::add, found[0], found[1]))));
}

}  // namespace duet
