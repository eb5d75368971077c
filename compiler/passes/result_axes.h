#pragma once

#include <optional>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// Whether any order of the result's axes is right for `op` (for linear: axes of the weights alone stay first).
bool order_is_free(Op op);

/// The axes that the result of `node` has when its inputs have the axes `inputs`, in an order that the operation
/// allows; where the order is free, a natural one. Nullopt for nodes whose result does not follow from their inputs
/// alone (draws, given types, effects), or with more than one result, and where sizes clash.
std::optional<std::vector<Axis>> result_axes(const Node& node, const std::vector<std::vector<Axis>>& inputs);

/// The axes that the operation of `node` itself works along, instead of lining them up by name.
std::vector<std::string> own_axes(const Node& node);

}  // namespace duet
