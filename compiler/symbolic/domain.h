#pragma once

#include <limits>
#include <optional>
#include <string>

#include "compiler/symbolic/evaluate.h"
#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// The open interval on which a term has a value: low < x < high, null where it has no end.
struct Domain {
  TermPtr low, high;
};

/// What logarithms, roots, powers and denominators ask for: the argument of a logarithm or of a root, the base of a
/// power that is not a whole number, and every denominator must be positive. Conditions that are not affine in x, or
/// whose direction is not known, are left out: `evaluate` gives NaN where they do not hold.
Domain domain_of(const TermPtr& term);

/// `lo < x < hi`, `0 < x`, `all x`.
std::string to_string(const Domain& domain, const std::string& name = "x");

struct Ends {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
};
Ends evaluate(const Domain& domain, const Values& values);

}  // namespace duet::symbolic
