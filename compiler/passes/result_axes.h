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

/// Whether the result of `node`, whose axes are `natural` by nature, may have the order `order`; false if that has
/// others.
bool may_have_order(const Node& node, const std::vector<std::vector<Axis>>& inputs, const std::vector<Axis>& natural,
                    const std::vector<Axis>& order);

/// Whether the operation may have its two inputs in either order.
bool commutes(Op op);

/// The axes that the operation of `node` itself works along, instead of lining them up by name.
std::vector<std::string> own_axes(const Node& node);

}  // namespace duet
