#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/ops/ops.h"

/// Expressions in one variable: what is needed to take a potential apart, to differentiate it and to invert its slope.
namespace duet::symbolic {

struct Term;
/// Terms are never changed and may be shared.
using TermPtr = std::shared_ptr<const Term>;

enum class Form {
  number,    // a constant that is known
  variable,  // the one variable
  given,     // something that does not depend on the variable, such as a parameter of a potential
  unary,     // op(a)
  binary     // op(a, b)
};

struct Term {
  Form form = Form::number;
  double number = 0;
  int64_t given = -1;  // who it is, for whoever made the term
  std::string name;    // of a given, for people
  Op op = Op::neg;
  TermPtr a, b;
  bool varies = false;  // the variable occurs in it
};

/// Makers. They simplify what can be seen at the first level: arithmetic with known numbers, with 0 and 1, double
/// negation, quotients of equals. `square(x)` becomes `x ^ 2`, `sqrt(x)` stays.
TermPtr number(double value);
TermPtr variable();
TermPtr given(int64_t id, std::string name);
TermPtr unary(Op op, TermPtr a);
TermPtr binary(Op op, TermPtr a, TermPtr b);

inline TermPtr operator+(const TermPtr& a, const TermPtr& b) {
  return binary(Op::add, a, b);
}
inline TermPtr operator-(const TermPtr& a, const TermPtr& b) {
  return binary(Op::sub, a, b);
}
inline TermPtr operator*(const TermPtr& a, const TermPtr& b) {
  return binary(Op::mul, a, b);
}
inline TermPtr operator/(const TermPtr& a, const TermPtr& b) {
  return binary(Op::div, a, b);
}
inline TermPtr operator-(const TermPtr& a) {
  return unary(Op::neg, a);
}
inline TermPtr power(const TermPtr& a, const TermPtr& b) {
  return binary(Op::pow, a, b);
}

/// The same expression, as written.
bool same(const TermPtr& a, const TermPtr& b);
inline bool is_number(const TermPtr& term) {
  return term->form == Form::number;
}
inline bool is_number(const TermPtr& term, double value) {
  return is_number(term) && term->number == value;
}
inline bool is(const TermPtr& term, Op op) {
  return (term->form == Form::unary || term->form == Form::binary) && term->op == op;
}

/// As a person writes it; the variable is called `name`.
std::string to_string(const TermPtr& term, const std::string& name = "x");

}  // namespace duet::symbolic
