#include "compiler/driver/tile_cuts.h"

#include <gtest/gtest.h>

#include "compiler/graph/parse.h"

namespace duet {
namespace {

Program tiled(const std::string& size) {
  const std::string type = "real[member: 7, row" + size + "]";
  const std::string text = "main (%0: " + type + ") {\n  %1: " + type +
                           " = tile() axes=[\"member\", \"row\"] sizes=[1, 100] do {\n    %2: " + type +
                           " = exp(%0)\n    yield %2\n  }\n  yield %1\n}\n";
  Diagnostics diagnostics;
  Program program = parse_graph(text, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return program;
}

TEST(TileCuts, AreWhatTheNodeSays) {
  const Program program = tiled(": 250");
  const Node& tile = program.main.nodes.at(0);
  const std::vector<TileCut> cuts = tile_cuts(program, tile);
  ASSERT_EQ(cuts.size(), 2u);
  EXPECT_EQ(cuts[0].axis, "member");
  EXPECT_EQ(cuts[0].pieces(), 7);
  EXPECT_EQ(cuts[1].full, 250);
  EXPECT_EQ(cuts[1].pieces(), 3);
  EXPECT_EQ(tile_pieces(program, tile), 21);
}

TEST(TileCuts, OfUnknownSizesAreUnknown) {
  const Program program = tiled("");
  EXPECT_EQ(tile_cuts(program, program.main.nodes.at(0)).at(1).pieces(), kUnknownSize);
  EXPECT_EQ(tile_pieces(program, program.main.nodes.at(0)), kUnknownSize);
}

}  // namespace
}  // namespace duet
