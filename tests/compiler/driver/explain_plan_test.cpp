// duet explain --stage plan: what the passes did, what things cost.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compiler/passes/pipeline.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using nlohmann::json;
using test::duet;
using test::Outcome;

Outcome explain(std::vector<std::string> more) {
  std::vector<std::string> words = {"explain", "algorithms/sac.duet", "--stage", "plan"};
  words.insert(words.end(), more.begin(), more.end());
  return duet(words);
}

json explain_json(std::vector<std::string> more) {
  more.push_back("--json");
  const Outcome outcome = explain(more);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return json::parse(outcome.out);
}

/// All nodes with this operation, at any depth.
void collect(const json& block, const std::string& op, std::vector<json>& found) {
  for (const json& node : block.at("nodes")) {
    if (node.at("op") == op) found.push_back(node);
    for (const json& inner : node.at("blocks")) collect(inner, op, found);
  }
}

TEST(ExplainPlan, TheTextHasAllParts) {
  const Outcome outcome = explain({"--robot", "hopper"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"passes ", "removed work\n", "cost of effects", "memory of blocks", "program\n",
                           " tile batch ", "cut batch 256 by", " FLOP", "the layer is computed for 3 of 6"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
}

TEST(ExplainPlan, JsonTellsEveryPassAndItsNotes) {
  const json report = explain_json({"--robot", "hopper"});
  const auto steps = plan_pipeline();
  ASSERT_EQ(report.at("passes").size(), steps.size());
  bool removed = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    const json& pass = report.at("passes")[i];
    EXPECT_EQ(pass.at("name"), steps[i].pass.name);
    for (const json& note : pass.at("removed")) {
      removed = true;
      EXPECT_FALSE(note.at("what").get<std::string>().empty());
      EXPECT_TRUE(note.at("path").is_null() || note.at("line").get<int>() > 0);
    }
  }
  EXPECT_TRUE(removed);
}

TEST(ExplainPlan, CostsAndMemoryAreToldOfBlocks) {
  const json report = explain_json({"--robot", "hopper"});
  std::vector<std::string> outermost;
  for (const json& effect : report.at("effects"))
    if (effect.at("depth") == 1) outermost.push_back(effect.at("effect"));
  EXPECT_EQ(outermost, (std::vector<std::string>{"interact", "interact", "repeat", "every 1000 steps"}));
  ASSERT_FALSE(report.at("blocks").empty());
  for (const json& block : report.at("blocks")) EXPECT_LE(block.at("bytes"), block.at("bytes_not_shared")) << block;
  std::vector<json> tiles, fused;
  collect(report.at("program").at("main"), "tile", tiles);
  collect(report.at("program").at("main"), "fused", fused);
  ASSERT_FALSE(tiles.empty());
  EXPECT_GT(tiles[0].at("flops"), 1e6);
  EXPECT_EQ(tiles[0].at("cuts")[0].at("axis"), "batch");
  ASSERT_FALSE(fused.empty());
  EXPECT_FALSE(fused[0].at("chain").empty());
}

TEST(ExplainPlan, WithoutARobotNothingIsSaidOfMemory) {
  EXPECT_TRUE(explain_json({}).at("blocks").empty());
  EXPECT_EQ(explain({"--dot"}).out.rfind("digraph", 0), 0u);
}

TEST(ExplainPlan, PassesCanBeLeftOut) {
  for (const json& pass : explain_json({"--robot", "hopper", "--disable-pass", "cut_tiles"}).at("passes"))
    EXPECT_EQ(pass.at("disabled"), pass.at("name") == "cut_tiles");
  const Outcome outcome = explain({"--robot", "hopper", "--disable-pass", "differentiate"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.out.find("program\n"), std::string::npos) << "what there is, is shown";
  EXPECT_NE(outcome.err.find("E0609"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace duet
