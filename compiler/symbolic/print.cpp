#include <cstdio>

#include "compiler/symbolic/term.h"

namespace duet::symbolic {

namespace {

// How tightly an operation binds, as in the language.
constexpr int kSum = 1, kProduct = 2, kMinus = 3, kPower = 4, kAtom = 5;

int tightness(const TermPtr& term) {
  if (is_number(term)) return term->number < 0 ? kMinus : kAtom;
  if (is(term, Op::neg)) return kMinus;
  if (is(term, Op::add) || is(term, Op::sub)) return kSum;
  if (is(term, Op::mul) || is(term, Op::div)) return kProduct;
  if (is(term, Op::pow)) return kPower;
  return kAtom;
}

std::string digits(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

std::string text(const TermPtr& term, const std::string& name, int least) {
  const auto part = [&](const TermPtr& t, int tight) { return text(t, name, tight); };
  std::string out;
  if (is_number(term))
    out = digits(term->number);
  else if (term->form == Form::variable)
    out = name;
  else if (term->form == Form::given)
    out = term->name;
  else if (is(term, Op::neg))
    out = "-" + part(term->a, kMinus);
  else if (is(term, Op::add))
    out = part(term->a, kSum) + " + " + part(term->b, kSum);
  else if (is(term, Op::sub))
    out = part(term->a, kSum) + " - " + part(term->b, kProduct);
  else if (is(term, Op::mul))
    out = part(term->a, kProduct) + " * " + part(term->b, kProduct + 1);
  else if (is(term, Op::div))
    out = part(term->a, kProduct) + " / " + part(term->b, kProduct + 1);
  else if (is(term, Op::pow))
    out = part(term->a, kAtom) + "^" + part(term->b, kAtom);
  else if (is(term, Op::maximum) || is(term, Op::minimum))
    out = (is(term, Op::maximum) ? "max(" : "min(") + part(term->a, 0) + ", " + part(term->b, 0) + ")";
  else
    out = std::string(info(term->op).name) + "(" + part(term->a, 0) + ")";
  return tightness(term) < least ? "(" + out + ")" : out;
}

}  // namespace

std::string to_string(const TermPtr& term, const std::string& name) {
  return text(term, name, 0);
}

}  // namespace duet::symbolic
