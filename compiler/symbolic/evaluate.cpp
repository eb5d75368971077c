#include "compiler/symbolic/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace duet::symbolic {

double apply(Op op, double a) {
  switch (op) {
    case Op::neg:
      return -a;
    case Op::abs:
      return std::abs(a);
    case Op::exp:
      return std::exp(a);
    case Op::log:
      return std::log(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::sin:
      return std::sin(a);
    case Op::cos:
      return std::cos(a);
    case Op::tanh:
      return std::tanh(a);
    case Op::asin:
      return std::asin(a);
    case Op::acos:
      return std::acos(a);
    case Op::atan:
      return std::atan(a);
    case Op::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Op::softplus:
      return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    case Op::sign:
      return static_cast<double>(a > 0) - static_cast<double>(a < 0);
    default:
      throw std::logic_error("no term has this operation of one number");
  }
}

double apply(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::mul:
      return a * b;
    case Op::div:
      return a / b;
    case Op::pow:
      return std::pow(a, b);
    case Op::minimum:
      return std::min(a, b);
    case Op::maximum:
      return std::max(a, b);
    default:
      throw std::logic_error("no term has this operation of two numbers");
  }
}

bool has_meaning(Op op) {
  switch (op) {
    case Op::neg:
    case Op::abs:
    case Op::exp:
    case Op::log:
    case Op::sqrt:
    case Op::square:
    case Op::sin:
    case Op::cos:
    case Op::tanh:
    case Op::asin:
    case Op::acos:
    case Op::atan:
    case Op::sigmoid:
    case Op::softplus:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::pow:
      return true;
    default:
      return false;
  }
}

double evaluate(const TermPtr& term, double x, const Values& values) {
  switch (term->form) {
    case Form::number:
      return term->number;
    case Form::variable:
      return x;
    case Form::given: {
      const auto it = values.find(term->given);
      return it == values.end() ? std::numeric_limits<double>::quiet_NaN() : it->second;
    }
    case Form::unary:
      return apply(term->op, evaluate(term->a, x, values));
    case Form::binary:
      return apply(term->op, evaluate(term->a, x, values), evaluate(term->b, x, values));
  }
  throw std::logic_error("unknown form of a term");
}

}  // namespace duet::symbolic
