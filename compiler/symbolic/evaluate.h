#pragma once

#include <unordered_map>

#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// What stands for each given term.
using Values = std::unordered_map<int64_t, double>;

/// An element-wise operation of one or two numbers, in double precision. Operations that no term has are a
/// std::logic_error; see `has_meaning`.
double apply(Op op, double a);
double apply(Op op, double a, double b);
/// Whether terms may have this operation.
bool has_meaning(Op op);

/// The value of a term at `x`. A given that `values` lacks is NaN.
double evaluate(const TermPtr& term, double x, const Values& values = {});

}  // namespace duet::symbolic
