#pragma once

#include <string>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// How a tile node is cut along one axis.
struct TileCut {
  std::string axis;
  int64_t size = 0;             // elements of a piece, at most
  int64_t full = kUnknownSize;  // of the axis
  /// Unknown if the size of the axis is.
  int64_t pieces() const { return full == kUnknownSize ? kUnknownSize : (full + size - 1) / size; }
};

std::vector<TileCut> tile_cuts(const Program& program, const Node& tile);

/// How many pieces a tile has, or unknown.
int64_t tile_pieces(const Program& program, const Node& tile);

}  // namespace duet
