// How the time of operations becomes the time of lines.

#include "compiler/driver/profile_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace duet {
namespace {

/// A script of five lines of four characters, and operations on them.
class LineCosts : public ::testing::Test {
 protected:
  LineCosts() { file_ = sources_.add("s.duet", "aaa\nbbb\nccc\nddd\neee\n"); }

  /// An operation on a line, or on none.
  Node node(Op op, uint32_t line, std::vector<Node> inside = {}) const {
    Node made{op, {}, {}, {}, {}, {}};
    if (line) made.span = {file_, 4 * (line - 1), 4 * line - 1};
    if (!inside.empty()) made.blocks.push_back({{}, std::move(inside), {}});
    return made;
  }

  double seconds(const NodeTimes& times, uint32_t line) const {
    for (const LineCost& cost : line_costs(program_, times, sources_))
      if (cost.line == line) return cost.seconds;
    return 0;
  }

  SourceMap sources_;
  uint32_t file_ = 0;
  Program program_;
};

TEST_F(LineCosts, WhatIsDoneInsideIsNotCountedAgain) {
  program_.main.nodes = {node(Op::loop, 1, {node(Op::repeat, 2, {node(Op::exp, 3), node(Op::log, 0)})})};
  const Node& repeat = program_.main.nodes[0].blocks[0].nodes[0];
  const NodeTimes times = {
      {&repeat, {1, 10, 0}}, {&repeat.blocks[0].nodes[0], {50, 6, 100}}, {&repeat.blocks[0].nodes[1], {50, 1, 50}}};
  EXPECT_DOUBLE_EQ(seconds(times, 2), 4) << "its own 3 and the 1 of the operation without a place";
  EXPECT_DOUBLE_EQ(seconds(times, 3), 6);
  const std::vector<LineCost> lines = line_costs(program_, times, sources_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].line, 3u) << "dearest first";
  EXPECT_EQ(lines[0].calls, 50);
  EXPECT_EQ(lines[0].flops, 100);
}

TEST_F(LineCosts, ATileIsSharedOutAmongItsOperations) {
  program_.main.nodes = {node(Op::tile, 1, {node(Op::exp, 2), node(Op::scan, 3, {node(Op::log, 4)})})};
  const Node& tile = program_.main.nodes[0];
  const Node& scan = tile.blocks[0].nodes[1];
  // Several threads worked for 8 seconds within 5 by the clock.
  const NodeTimes times = {{&tile, {1, 5, 900}},
                           {&tile.blocks[0].nodes[0], {4, 2, 300}},
                           {&scan, {4, 6, 600}},
                           {&scan.blocks[0].nodes[0], {4, 4, 600}}};
  EXPECT_DOUBLE_EQ(seconds(times, 1), 0);
  EXPECT_DOUBLE_EQ(seconds(times, 2), 5.0 * 2 / 8);
  EXPECT_DOUBLE_EQ(seconds(times, 3), 5.0 * 2 / 8);
  EXPECT_DOUBLE_EQ(seconds(times, 4), 5.0 * 4 / 8);
  double flops = 0;
  for (const LineCost& cost : line_costs(program_, times, sources_)) flops += cost.flops;
  EXPECT_EQ(flops, 900) << "each once";
}

TEST_F(LineCosts, TheReportNamesLinesAndShares) {
  ProfileReport report{"s on r", 10, 8, 2, 100, {{file_, 2, 7, 6, 30e9}, {0, 0, 1, 1, 0}, {file_, 3, 5, 0.001, 0}}};
  const std::string text = to_text(report, false, sources_);
  EXPECT_NE(text.find("s on r: 10 steps in 8.00 s; 2 threads, at most 100 GFLOP/s"), std::string::npos) << text;
  EXPECT_NE(text.find("    6.000   75.0 %          7      5.00    5.0 %  s.duet:2  | bbb\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("1 more lines"), std::string::npos) << text;
  EXPECT_NE(to_text(report, true, sources_).find("s.duet:3  | ccc"), std::string::npos);
  const auto json = to_json(report, sources_);
  EXPECT_EQ(json.at("lines").size(), 3u);
  EXPECT_EQ(json.at("lines")[0].at("share"), 0.75);
  EXPECT_TRUE(json.at("lines")[1].at("path").is_null());
}

}  // namespace
}  // namespace duet
