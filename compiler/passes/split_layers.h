#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Splits a layer whose input is joined of two parts, such as a state and an action, of which one is alike all along an
/// axis: that part is multiplied with its rows of the weights once, and the product takes the place of the bias for the
/// other part, where it may differ from row to row. Only where this saves enough, and not where a derivative is taken;
/// a layer that rounds (precision) takes no bias that differs from row to row. What is no longer read stays for
/// drop_unused.
/// Requires: a well-formed program.
bool split_layers(Program& program, Notes& notes);

inline constexpr Pass kSplitLayers{"split_layers", "multiply a part of a layer's input once where it is alike",
                                   split_layers};

}  // namespace duet
