#pragma once

#include "runtime/program/program.h"

/// How much arithmetic a program does: floating-point operations, by which passes decide what pays and `explain` says
/// what a program costs. A matrix product of m x k by k x n counts 2 m n k, of rows of which one in p is not zero
/// (mark_zero_rows) the p-th part of that, element-wise operations and draws one for
/// each element, reductions one for each element they read; moving elements is free. An axis of unknown size counts
/// one.
namespace duet {

/// The elements of a value, unknown sizes taken as one.
double elements(const std::vector<Axis>& axes);

/// What `node` would cost with inputs and results of these axes; its blocks are not looked at.
double flops(const Node& node, const std::vector<std::vector<Axis>>& inputs, const std::vector<Axis>& result);

/// Of a node, with its blocks: as often as scans and iterations do them, effects (repeat, every ...) once. Of the cases
/// of a choice the dearest. A derivative costs three times its function.
double flops(const Program& program, const Node& node);
double flops(const Program& program, const Block& block);

}  // namespace duet
