#include "compiler/symbolic/inverse.h"

#include <cmath>

#include "compiler/symbolic/monotone.h"
#include "compiler/symbolic/normal_form.h"

namespace duet::symbolic {

namespace {

using Candidates = std::vector<TermPtr>;

Candidates solve(const TermPtr& left, const TermPtr& y);

/// sign(y) * |y| ^ q.
TermPtr signed_power(const TermPtr& y, const TermPtr& q) {
  return unary(Op::sign, y) * power(unary(Op::abs, y), q);
}

Candidates join(Candidates a, const Candidates& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// base ^ q = y, for bases of one sign and of both.
Candidates solve_power(const TermPtr& base, const TermPtr& q, const TermPtr& y) {
  const TermPtr root = number(1) / q;
  return join(solve(base, power(y, root)), solve(base, signed_power(y, root)));
}

/// sign(u) * |u| ^ q = y.
Candidates solve_signed_power(const std::vector<Factor>& two, const TermPtr& y) {
  for (const size_t i : {0u, 1u}) {
    const Factor &sign = two[i], &size = two[1 - i];
    if (is(sign.base, Op::sign) && is_number(sign.exponent, 1) && is(size.base, Op::abs) &&
        same(sign.base->a, size.base->a))
      return solve(size.base->a, signed_power(y, number(1) / size.exponent));
  }
  return {};
}

Candidates solve_unary(const TermPtr& t, const TermPtr& y) {
  const TermPtr one = number(1);
  switch (t->op) {
    case Op::exp:
      return solve(t->a, unary(Op::log, y));
    case Op::log:
      return solve(t->a, unary(Op::exp, y));
    case Op::tanh:
      return solve(t->a, number(0.5) * (unary(Op::log, one + y) - unary(Op::log, one - y)));
    case Op::sigmoid:
      return solve(t->a, unary(Op::log, y) - unary(Op::log, one - y));
    case Op::softplus:
      return solve(t->a, unary(Op::log, unary(Op::exp, y) - one));
    case Op::atan:
      return solve(t->a, unary(Op::sin, y) / unary(Op::cos, y));
    case Op::asin:
      return solve(t->a, unary(Op::sin, y));
    case Op::acos:
      return solve(t->a, unary(Op::cos, y));
    case Op::sign:  // of |u|, whose other factor is one
    default:
      return {};
  }
}

/// what = y for a summand without coefficient.
Candidates solve_product(const TermPtr& what, const TermPtr& y) {
  if (what->form == Form::variable) return {y};
  const std::vector<Factor> all = factors(what);
  if (all.size() == 2) return solve_signed_power(all, y);
  if (all.size() != 1) return {};
  if (!is_number(all[0].exponent, 1)) return solve_power(all[0].base, all[0].exponent, y);
  const TermPtr& base = all[0].base;
  if (base->form == Form::unary) return solve_unary(base, y);
  if (is(base, Op::pow) && !base->a->varies) return solve(base->b, unary(Op::log, y) / unary(Op::log, base->a));
  return {};
}

/// c log(a x + b) - c log(d - e x) = y with a, e > 0: x lies between the roots -b / a and d / e, as far from the first
/// as a sigmoid says. That form neither overflows nor leaves the interval.
Candidates solve_logs(const Summand& one, const Summand& other, const TermPtr& y) {
  Affine rising, falling;
  if (!as_affine(one.what->a, rising) || !as_affine(other.what->a, falling)) return {};
  if (!is_number(rising.slope) || !is_number(falling.slope)) return {};
  if (rising.slope->number < 0) return falling.slope->number > 0 ? solve_logs(other, one, y) : Candidates{};
  if (falling.slope->number > 0) return {};
  const TermPtr low = -rising.start / rising.slope, high = -falling.start / falling.slope;
  const TermPtr shift = number(std::log(-falling.slope->number / rising.slope->number));
  return {low + (high - low) * unary(Op::sigmoid, y / one.coefficient + shift)};
}

/// c exp(u) - c exp(-u) = y: u = asinh(y / (2 c)).
Candidates solve_exponentials(const Summand& one, const Summand& other, const TermPtr& y) {
  const Sum both = as_sum(one.what->a + other.what->a);
  if (!both.summands.empty() || !is_number(both.constant, 0)) return {};
  const TermPtr half = y / (number(2) * one.coefficient);
  const TermPtr size = unary(Op::abs, half);
  const TermPtr root = unary(Op::sqrt, power(size, number(2)) + number(1));
  return solve(one.what->a, unary(Op::sign, half) * unary(Op::log, size + root));
}

Candidates solve(const TermPtr& left, const TermPtr& y) {
  const Sum sum = as_sum(left);
  const TermPtr rest = y - sum.constant;
  if (sum.summands.size() == 1) return solve_product(sum.summands[0].what, rest / sum.summands[0].coefficient);
  if (sum.summands.size() != 2) return {};
  const Summand &a = sum.summands[0], &b = sum.summands[1];
  if (!same(a.coefficient, -b.coefficient)) return {};
  if (is(a.what, Op::log) && is(b.what, Op::log)) return solve_logs(a, b, rest);
  if (is(a.what, Op::exp) && is(b.what, Op::exp)) return solve_exponentials(a, b, rest);
  return {};
}

}  // namespace

std::vector<TermPtr> inverse_candidates(const TermPtr& slope) {
  return solve(slope, variable());
}

bool inverts(const TermPtr& candidate, const TermPtr& slope, const Ends& ends, const Values& values) {
  int tried = 0;
  for (const double x : places(ends)) {
    const double y = evaluate(slope, x, values);
    if (!std::isfinite(y) || std::abs(y) > 1e12) continue;
    const double back = evaluate(candidate, y, values);
    // Where the slope is steep or flat a number is known to fewer digits.
    if (!(std::abs(back - x) <= 1e-5 * (std::abs(x) + 1e-3))) return false;
    ++tried;
  }
  return tried > 10;
}

}  // namespace duet::symbolic
