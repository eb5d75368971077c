#include "compiler/driver/tile_cuts.h"

namespace duet {

namespace {

/// The size of an axis, from the first value of the block that tells it.
int64_t axis_size(const Program& program, const Block& block, const std::string& axis) {
  const auto among = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (program.type(id).has(axis) && program.type(id).size_of(axis) != kUnknownSize)
        return program.type(id).size_of(axis);
    return kUnknownSize;
  };
  for (const Node& node : block.nodes) {
    if (const int64_t size = among(node.inputs); size != kUnknownSize) return size;
    if (const int64_t size = among(node.results); size != kUnknownSize) return size;
    for (const Block& inner : node.blocks)
      if (const int64_t size = axis_size(program, inner, axis); size != kUnknownSize) return size;
  }
  return kUnknownSize;
}

}  // namespace

std::vector<TileCut> tile_cuts(const Program& program, const Node& tile) {
  std::vector<TileCut> cuts;
  const auto& axes = tile.texts("axes");
  for (size_t i = 0; i < axes.size(); ++i)
    cuts.push_back({axes[i], tile.integers("sizes").at(i), axis_size(program, tile.blocks.at(0), axes[i])});
  return cuts;
}

int64_t tile_pieces(const Program& program, const Node& tile) {
  int64_t pieces = 1;
  for (const TileCut& cut : tile_cuts(program, tile)) {
    if (cut.pieces() == kUnknownSize) return kUnknownSize;
    pieces *= cut.pieces();
  }
  return pieces;
}

}  // namespace duet
