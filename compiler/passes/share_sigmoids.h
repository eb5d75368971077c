#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Where both swish(x) and sigmoid(x) are needed, as in the derivative of a layer, the former is x times the latter, so that
/// one exponential serves both.
bool share_sigmoids(Program& program, Notes& notes);

inline constexpr Pass kShareSigmoids{"share_sigmoids", "computes swish from a sigmoid that is needed anyway", share_sigmoids};

}  // namespace duet
