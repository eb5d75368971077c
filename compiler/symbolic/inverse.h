#pragma once

#include <vector>

#include "compiler/symbolic/domain.h"
#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// Terms that may be the inverse of an increasing function: `slope(x) = y` solved for x, with y as the variable. Known
/// are sums that have x in one place, undone from outside to inside (exp, log, roots, powers also of |x| with its sign,
/// tanh, sigmoid, softplus, atan, asin, affine everywhere), and two places in c log(a x + b) - c log(d - e x) and
/// c exp(u) - c exp(-u). A root may belong to another branch: try them with `inverts`.
std::vector<TermPtr> inverse_candidates(const TermPtr& slope);

/// Whether candidate(slope(x)) is x, for many x of the domain.
bool inverts(const TermPtr& candidate, const TermPtr& slope, const Ends& ends, const Values& values);

}  // namespace duet::symbolic
