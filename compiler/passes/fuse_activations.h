#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Lets a layer apply its activation to the product before this leaves the registers: relu, swish, tanh or sigmoid of a
/// `linear` that nothing else reads becomes its attribute `activation`. The same numbers.
bool fuse_activations(Program& program, Notes& notes);

inline constexpr Pass kFuseActivations{"fuse_activations", "applies a layer's activation while its product is made",
                                       fuse_activations};

}  // namespace duet
