#include "compiler/symbolic/domain.h"

#include <cmath>

#include "compiler/symbolic/normal_form.h"

namespace duet::symbolic {

namespace {

void raise(TermPtr& bound, Op op, const TermPtr& to) {
  if (!bound)
    bound = to;
  else if (!same(bound, to))
    bound = binary(op, bound, to);
}

void require_positive(Domain& domain, const TermPtr& term) {
  Affine line;
  if (!as_affine(term, line) || !is_number(line.slope)) return;
  const TermPtr root = -line.start / line.slope;
  if (line.slope->number > 0)
    raise(domain.low, Op::maximum, root);
  else
    raise(domain.high, Op::minimum, root);
}

bool is_whole(const TermPtr& exponent) {
  return is_number(exponent) && std::floor(exponent->number) == exponent->number && exponent->number >= 0;
}

void narrow(Domain& domain, const TermPtr& term) {
  if (!term || !term->varies) return;
  if (is(term, Op::log) || is(term, Op::sqrt)) require_positive(domain, term->a);
  if (is(term, Op::pow) && !is_whole(term->b)) require_positive(domain, term->a);
  if (is(term, Op::div)) require_positive(domain, term->b);
  narrow(domain, term->a);
  narrow(domain, term->b);
}

}  // namespace

Domain domain_of(const TermPtr& term) {
  Domain domain;
  narrow(domain, term);
  return domain;
}

std::string to_string(const Domain& domain, const std::string& name) {
  if (!domain.low && !domain.high) return "all " + name;
  return (domain.low ? to_string(domain.low) + " < " : "") + name + (domain.high ? " < " + to_string(domain.high) : "");
}

Ends evaluate(const Domain& domain, const Values& values) {
  Ends ends;
  if (domain.low) ends.low = evaluate(domain.low, 0, values);
  if (domain.high) ends.high = evaluate(domain.high, 0, values);
  return ends;
}

}  // namespace duet::symbolic
