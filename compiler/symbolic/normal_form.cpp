#include "compiler/symbolic/normal_form.h"

namespace duet::symbolic {

namespace {

void add(Sum& sum, const TermPtr& coefficient, const TermPtr& what) {
  for (Summand& known : sum.summands)
    if (same(known.what, what)) {
      known.coefficient = known.coefficient + coefficient;
      return;
    }
  sum.summands.push_back({coefficient, what});
}

void multiply(std::vector<Factor>& all, const TermPtr& base, const TermPtr& exponent) {
  for (Factor& known : all)
    if (same(known.base, base)) {
      known.exponent = known.exponent + exponent;
      return;
    }
  all.push_back({base, exponent});
}

/// The factors of term ^ exponent; those that do not depend on the variable go to the coefficient.
void take_apart(const TermPtr& term, const TermPtr& exponent, TermPtr& coefficient, std::vector<Factor>& all) {
  const bool plain = is_number(exponent, 1) || is_number(exponent, -1);
  if (!term->varies)
    coefficient = coefficient * power(term, exponent);
  else if (is(term, Op::neg) && plain)
    coefficient = -coefficient, take_apart(term->a, exponent, coefficient, all);
  else if (is(term, Op::mul) && plain)
    take_apart(term->a, exponent, coefficient, all), take_apart(term->b, exponent, coefficient, all);
  else if (is(term, Op::div) && plain)
    take_apart(term->a, exponent, coefficient, all), take_apart(term->b, -exponent, coefficient, all);
  else if (is(term, Op::sqrt))
    multiply(all, term->a, number(0.5) * exponent);
  else if (is(term, Op::pow) && !term->b->varies && plain)
    multiply(all, term->a, term->b * exponent);
  else
    multiply(all, term, exponent);
}

TermPtr product(const std::vector<Factor>& all) {
  TermPtr result = number(1);
  for (const Factor& factor : all) result = result * power(factor.base, factor.exponent);
  return result;
}

void collect(Sum& sum, const TermPtr& coefficient, const TermPtr& term) {
  if (!term->varies) {
    sum.constant = sum.constant + coefficient * term;
  } else if (is(term, Op::neg)) {
    collect(sum, -coefficient, term->a);
  } else if (is(term, Op::add) || is(term, Op::sub)) {
    collect(sum, coefficient, term->a);
    collect(sum, is(term, Op::add) ? coefficient : -coefficient, term->b);
  } else if (is(term, Op::mul) && !term->a->varies) {
    collect(sum, coefficient * term->a, term->b);
  } else if (is(term, Op::mul) && !term->b->varies) {
    collect(sum, coefficient * term->b, term->a);
  } else if (is(term, Op::div) && !term->b->varies) {
    collect(sum, coefficient / term->b, term->a);
  } else {
    TermPtr factor = coefficient;
    std::vector<Factor> all;
    take_apart(term, number(1), factor, all);
    const TermPtr what = product(all);
    if (what->varies)
      add(sum, factor, what);
    else
      sum.constant = sum.constant + factor * what;
  }
}

}  // namespace

Sum as_sum(const TermPtr& term) {
  Sum sum{number(0), {}};
  collect(sum, number(1), term);
  std::erase_if(sum.summands, [](const Summand& summand) { return is_number(summand.coefficient, 0); });
  return sum;
}

TermPtr as_term(const Sum& sum) {
  TermPtr result = number(0);
  for (const Summand& summand : sum.summands) result = result + summand.coefficient * summand.what;
  return result + sum.constant;
}

std::vector<Factor> factors(const TermPtr& what) {
  TermPtr coefficient = number(1);
  std::vector<Factor> all;
  take_apart(what, number(1), coefficient, all);
  return all;
}

bool as_affine(const TermPtr& term, Affine& affine) {
  const Sum sum = as_sum(term);
  if (sum.summands.size() != 1 || sum.summands[0].what->form != Form::variable) return false;
  affine = {sum.summands[0].coefficient, sum.constant};
  return true;
}

}  // namespace duet::symbolic
