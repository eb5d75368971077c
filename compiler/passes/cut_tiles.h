#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// Collects what can be done in pieces into `tile` nodes: chains of pure nodes, whole loops among them, that are mapped
/// over an axis or end in sums over it. A piece is done by one core, with its intermediate values in that core's cache
/// and no waiting between layers; different pieces are done by different cores. Axes are those that most of the
/// arithmetic of a block is mapped over: one that the weights have, too (members of an ensemble), element by element, and
/// one of rows (candidates, a batch), about a hundred rows of a matrix product at a time. Sizes depend on the program
/// alone. Averages over an axis become sums divided by its size, so that they can be taken in pieces.
bool cut_tiles(Program& program, Notes& notes);

inline constexpr Pass kCutTiles{"cut_tiles", "collects what can be done in pieces, each on one core and in its cache",
                                cut_tiles};

}  // namespace duet
