#pragma once

#include <optional>
#include <vector>

#include "compiler/symbolic/domain.h"
#include "compiler/symbolic/evaluate.h"
#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// Numbers of an open interval, in ascending order: evenly spread (within -20..20 where it has no end), and closer and
/// closer to ends and to 0. Empty if the interval is.
std::vector<double> places(const Ends& ends);

/// Where a function fails to grow: `a` < `b` but value(a) >= value(b), or a value is not finite (then it is that of b).
struct Counterexample {
  double a = 0, b = 0, at_a = 0, at_b = 0;
};
/// Looks for one among neighbouring places of the interval. A function is strictly convex if and only if its slope
/// grows.
std::optional<Counterexample> falls(const TermPtr& slope, const Ends& ends, const Values& values);

/// The bounds that a growing function seems to keep below and above; infinite where it goes on growing. Looked at are
/// places that approach the ends by the same factor each time: a function that still grows does not do so by less and
/// less.
Ends range_of(const TermPtr& slope, const Ends& ends, const Values& values);

}  // namespace duet::symbolic
