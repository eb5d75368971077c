// The stages that `duet explain` shows, and the facts of models that it fetches through duet-model.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "compiler/driver/model_facts.h"
#include "runtime/core/error.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using test::duet;
using test::Outcome;
using test::Scratch;

const std::string kRobots = std::string(DUET_ROOT) + "/robots/";

TEST(ModelFacts, ComeFromTheHelper) {
  const ModelFacts facts = facts_from_helper(DUET_BUILD)(kRobots + "hopper.xml");
  EXPECT_EQ(facts.nq, 6);
  EXPECT_EQ(facts.nu, 3);
}

TEST(ModelFacts, FailuresKeepTheirCode) {
  const auto code = [](const std::filesystem::path& programs, const std::string& mjcf) -> std::string {
    try {
      facts_from_helper(programs)(mjcf);
    } catch (const Error& error) {
      return error.code();
    }
    return "none";
  };
  const Scratch scratch;
  EXPECT_EQ(code(DUET_BUILD, kRobots + "absent.xml"), "E0501");
  EXPECT_EQ(code(DUET_BUILD, scratch.write("bad.xml", "<mujoco><worldbody><bodi/></worldbody></mujoco>").string()),
            "E0502");
  EXPECT_EQ(code(scratch.path(), kRobots + "hopper.xml"), "E0010");
}

TEST(Explain, ShowsARobotAtEachStage) {
  const Outcome tree = duet({"explain", "robots/hopper.duet", "--stage", "ast"});
  EXPECT_EQ(tree.code, 0) << tree.err;
  EXPECT_NE(tree.out.find("hopper"), std::string::npos);
  const Outcome types = duet({"explain", "robots/hopper.duet", "--stage", "types"});
  EXPECT_EQ(types.code, 0) << types.err;
  EXPECT_NE(types.out.find("velocity"), std::string::npos) << types.out;
  const Outcome graph = duet({"explain", "robots/hopper.duet", "--stage", "graph"});
  EXPECT_EQ(graph.code, 0) << graph.err;
  EXPECT_NE(graph.out.find("robot hopper {"), std::string::npos) << graph.out;
  EXPECT_NE(graph.out.find("robots/hopper.duet:"), std::string::npos) << graph.out;
}

TEST(Explain, JsonAndDotAreWellFormed) {
  EXPECT_TRUE(nlohmann::json::accept(duet({"explain", "robots/hopper.duet", "--stage", "ast", "--json"}).out));
  EXPECT_TRUE(nlohmann::json::accept(duet({"explain", "robots/hopper.duet", "--stage", "types", "--json"}).out));
  const auto graph = nlohmann::json::parse(duet({"explain", "robots/hopper.duet", "--stage", "graph", "--json"}).out);
  EXPECT_EQ(graph.at("robot").at("name"), "hopper");
  EXPECT_EQ(duet({"explain", "robots/hopper.duet", "--stage", "graph", "--dot"}).out.rfind("digraph", 0), 0u);
  EXPECT_EQ(duet({"explain", "robots/hopper.duet", "--stage", "ast", "--dot"}).code, 2);
}

TEST(Explain, EachTypeOfAPlaceIsShownOnce) {
  // Its planner repeats its clauses, and is compiled for several horizons and numbers of starts.
  const Outcome types =
      duet({"explain", "algorithms/m_demorl.duet", "--robot", "hopper", "--stage", "types", "--json"});
  ASSERT_EQ(types.code, 0) << types.err;
  std::set<nlohmann::json> seen;
  for (const auto& row : nlohmann::json::parse(types.out)) EXPECT_TRUE(seen.insert(row).second) << row;
  EXPECT_GT(seen.size(), 50u);
}

TEST(Explain, ABrokenModelIsReportedAtTheRobotsLine) {
  const Scratch scratch;
  scratch.write("r.duet", "robot r {\n  mjcf \"r.xml\"\n  observe [qpos, qvel]\n  reward 0\n  reset qpos = qpos0\n}\n");
  const Outcome missing = duet({"check", "r.duet"}, scratch.path());
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("r.duet:2:8: error[E0501]"), std::string::npos) << missing.err;
  scratch.write("r.xml", "<mujoco><worldbody><bodi/></worldbody></mujoco>");
  const Outcome broken = duet({"check", "r.duet"}, scratch.path());
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.err.find("E0502"), std::string::npos) << broken.err;
  EXPECT_NE(broken.err.find("bodi"), std::string::npos) << "MuJoCo's own words: " << broken.err;
}

TEST(Explain, HomeMayBeElsewhere) {
  const Scratch scratch;
  scratch.write("home/robots/thing.duet",
                "robot thing {\n  mjcf \"thing.xml\"\n  observe [qpos, qvel]\n  reward 0\n  reset qpos = qpos0\n}\n");
  scratch.write("home/robots/thing.xml", test::read(kRobots + "hopper.xml"));
  scratch.write("home/algorithms/std/lib.duet", "function twice(x) = 2 * x\n");
  scratch.write("a.duet", "use std.lib\nfunction four(x) = twice(twice(x))\n");
  const std::string home = "DUET_HOME=" + (scratch.path() / "home").string();
  EXPECT_EQ(duet({"check", "a.duet", "--robot", "thing"}, scratch.path(), {home}).code, 0);
  const Outcome unknown = duet({"check", "a.duet", "--robot", "thign"}, scratch.path(), {home});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("E0504"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("`thing`"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace duet
