#pragma once

#include <vector>

#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// coefficient * what, where the coefficient does not depend on the variable and `what` is no sum, has no such factor,
/// and each of its factors occurs once (x * x is x^2).
struct Summand {
  TermPtr coefficient, what;
};

/// constant + the sum of the summands, in which every `what` occurs once.
struct Sum {
  TermPtr constant;
  std::vector<Summand> summands;
};

/// A term as a sum. Products of sums are not multiplied out.
Sum as_sum(const TermPtr& term);
TermPtr as_term(const Sum& sum);

/// base ^ exponent; the exponent does not depend on the variable.
struct Factor {
  TermPtr base, exponent;
};
/// The factors of a summand's `what`.
std::vector<Factor> factors(const TermPtr& what);

/// slope * x + start, if the term is that. Both do not depend on the variable.
struct Affine {
  TermPtr slope, start;
};
bool as_affine(const TermPtr& term, Affine& affine);

}  // namespace duet::symbolic
