#pragma once

#include "compiler/symbolic/term.h"

namespace duet::symbolic {

/// The derivative with respect to the variable (at a kink of `abs`: that of neither side, 0).
TermPtr derivative(const TermPtr& term);

}  // namespace duet::symbolic
