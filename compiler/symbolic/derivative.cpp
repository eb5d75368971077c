#include "compiler/symbolic/derivative.h"

#include <stdexcept>

namespace duet::symbolic {

namespace {

TermPtr slope_of_unary(const TermPtr& t) {
  const TermPtr& u = t->a;
  const TermPtr one = number(1);
  switch (t->op) {
    case Op::neg:
      return number(-1);
    case Op::abs:
      return unary(Op::sign, u);
    case Op::exp:
      return t;
    case Op::log:
      return one / u;
    case Op::sqrt:
      return number(0.5) / t;
    case Op::sin:
      return unary(Op::cos, u);
    case Op::cos:
      return -unary(Op::sin, u);
    case Op::tanh:
      return one - power(t, number(2));
    case Op::asin:
      return one / unary(Op::sqrt, one - power(u, number(2)));
    case Op::acos:
      return -(one / unary(Op::sqrt, one - power(u, number(2))));
    case Op::atan:
      return one / (one + power(u, number(2)));
    case Op::sigmoid:
      return t * (one - t);
    case Op::softplus:
      return unary(Op::sigmoid, u);
    case Op::sign:
      return number(0);
    default:
      throw std::logic_error("a term without derivative");
  }
}

TermPtr derivative_of_power(const TermPtr& t) {
  const TermPtr &a = t->a, &b = t->b;
  TermPtr sum = number(0);
  if (a->varies) sum = b * power(a, b - number(1)) * derivative(a);
  if (b->varies) sum = sum + t * unary(Op::log, a) * derivative(b);
  return sum;
}

}  // namespace

TermPtr derivative(const TermPtr& t) {
  if (!t->varies) return number(0);
  if (t->form == Form::variable) return number(1);
  if (t->form == Form::unary) return derivative(t->a) * slope_of_unary(t);
  const TermPtr &a = t->a, &b = t->b;
  switch (t->op) {
    case Op::add:
      return derivative(a) + derivative(b);
    case Op::sub:
      return derivative(a) - derivative(b);
    case Op::mul:
      // The factor that stays comes first: it may be what the other's derivative is divided by.
      return b * derivative(a) + a * derivative(b);
    case Op::div:
      if (!b->varies) return derivative(a) / b;
      return derivative(a) / b - a * derivative(b) / power(b, number(2));
    case Op::pow:
      return derivative_of_power(t);
    default:
      throw std::logic_error("a term without derivative");
  }
}

}  // namespace duet::symbolic
