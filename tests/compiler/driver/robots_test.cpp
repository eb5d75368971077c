// `duet robots` and `duet robot`.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "compiler/driver/header_comment.h"
#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using test::duet;
using test::Outcome;
using test::Scratch;
using Json = nlohmann::json;

/// Runs a command that must be content and print JSON.
Json json_of(const std::vector<std::string>& arguments, const std::filesystem::path& folder = DUET_ROOT) {
  const Outcome outcome = duet(arguments, folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return Json::parse(outcome.out);
}

std::vector<std::string> clauses_of(const Json& sheet, const std::string& kind) {
  std::vector<std::string> texts;
  for (const Json& clause : sheet.at("clauses"))
    if (clause.at("kind") == kind)
      texts.push_back(clause.at("text").get<std::string>() + " / " + clause.at("robot").get<std::string>());
  return texts;
}

constexpr const char* kServo =
    "// A hopper that is told angles. It follows them.\n"
    "robot servo(kp = 0.8, far = [1, 2]) extends hopper {\n"
    "  action [2] within -1..1 outside clip\n"
    "  randomize grip = uniform(0.5, 1)\n"
    "  set geom_friction[\"floor\"][0] = grip\n"
    "  var highest = qpos[1] then max(highest, qpos'[1])\n"
    "  control each frame kp * ([action[0], action[0], action[1]] - qpos[3..])\n"
    "  reward up - kp * far[1]\n"
    "    where up = highest' - highest\n"
    "  settle 10 frames\n"
    "}\n"
    "robot stiff extends servo(kp = 2) {}\n";

TEST(Robots, ListsEveryBundledRobot) {
  const Json list = json_of({"robots", "--json"});
  const std::string text = duet({"robots"}).out;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(DUET_ROOT) + "/robots")) {
    if (entry.path().extension() != ".duet") continue;
    ++files;
    EXPECT_NE(text.find(entry.path().stem().string()), std::string::npos) << entry.path();
  }
  ASSERT_EQ(list.size(), files);
  for (const Json& robot : list) {
    EXPECT_GT(robot.at("obs"), 0) << robot;
    EXPECT_GT(robot.at("action"), 0) << robot;
    EXPECT_NE(robot.at("about"), "") << robot;
  }
}

TEST(Robots, OneWithMistakesIsReportedAndTheOthersListed) {
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path() / "algorithms");
  std::filesystem::create_directories(scratch.path() / "robots");
  const std::string mjcf = std::string(DUET_ROOT) + "/robots/hopper.xml";
  const auto robot = [&](const std::string& name, const std::string& observed) {
    scratch.write("robots/" + name + ".duet",
                  "robot " + name + " {\n  mjcf \"" + mjcf + "\"\n  observe " + observed + "\n  reward 1\n}\n");
  };
  robot("bad", "xpos[\"torsso\"]");
  robot("good", "qpos");
  const Outcome outcome = duet({"robots"}, DUET_ROOT, {"DUET_HOME=" + scratch.path().string()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out.rfind("good", 0), 0u) << outcome.out;
  EXPECT_NE(outcome.err.find("E0507"), std::string::npos) << outcome.err;
}

TEST(Robot, ShowsWhatARobotIsMadeOf) {
  const Json sheet = json_of({"robot", "hopper", "--json"});
  EXPECT_EQ(sheet.at("observation").at("size"), 11);
  EXPECT_EQ(sheet.at("action").at("low"), Json::array({-1, -1, -1}));
  EXPECT_EQ(sheet.at("action").at("outside"), "pass");
  EXPECT_EQ(sheet.at("timing").at("limit_seconds"), 8);
  EXPECT_EQ(sheet.at("timing").at("integrator"), "RK4");
  EXPECT_EQ(sheet.at("model").at("nq"), 6);
  EXPECT_EQ(clauses_of(sheet, "observe"), std::vector<std::string>{"[qpos[1..], clip(qvel, -10, 10)] / hopper"});
  const std::string text = duet({"robot", "hopper"}).out;
  for (const char* part : {"Gymnasium's Hopper-v4", "11 numbers", "125 Hz", "foot_joint   hinge", "mass 15.82 kg",
                           "duet robot hopper --picture hopper.png", "rad"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Robot, ShowsWhereParametersAndClausesComeFrom) {
  const Scratch scratch;
  scratch.write("stiff.duet", kServo);
  const Json sheet = json_of({"robot", "stiff.duet", "--json", "--set", "robot.far=[3, 4]"}, scratch.path());
  EXPECT_EQ(sheet.at("extends"), Json::array({"servo", "hopper"}));
  const Json &kp = sheet.at("parameters").at(0), &far = sheet.at("parameters").at(1);
  EXPECT_EQ(kp.at("value"), 2);
  EXPECT_EQ(kp.at("source"), "stiff");
  EXPECT_EQ(kp.at("default"), "0.8");
  EXPECT_EQ(far.at("value"), Json::array({3, 4}));
  EXPECT_EQ(far.at("source"), "--set");
  const auto only = [](const std::string& text) { return std::vector<std::string>{text}; };
  EXPECT_EQ(clauses_of(sheet, "reward"), only("up - kp * far[1]\nwhere up = highest' - highest / servo"));
  EXPECT_EQ(clauses_of(sheet, "set"), only("geom_friction[\"floor\"][0] = grip / servo"));
  EXPECT_EQ(clauses_of(sheet, "randomize"), only("grip = uniform(0.5, 1) / servo"));
  EXPECT_EQ(clauses_of(sheet, "var"), only("highest = qpos[1] then max(highest, qpos'[1]) / servo"));
  EXPECT_EQ(clauses_of(sheet, "action"), only("[2] within -1..1 outside clip / servo"));
  EXPECT_EQ(clauses_of(sheet, "control").at(0).rfind("each frame kp * (", 0), 0u);
  EXPECT_EQ(clauses_of(sheet, "reset").at(0).rfind("qpos = qpos0 + ", 0), 0u);
  EXPECT_EQ(clauses_of(sheet, "done").size(), 1u);
}

TEST(Robot, LongListsAreCutUnlessAllIsAskedFor) {
  const std::string cut = duet({"robot", "pets_pusher"}).out, all = duet({"robot", "pets_pusher", "--all"}).out;
  EXPECT_NE(cut.find("more (--all shows them)"), std::string::npos);
  EXPECT_EQ(all.find("--all shows them"), std::string::npos);
  EXPECT_GT(all.size(), cut.size());
}

TEST(Robot, MistakesOfTheCommandLineHaveTheirCodes) {
  const auto code = [](const std::vector<std::string>& arguments, const std::string& wanted) {
    const Outcome outcome = duet(arguments);
    EXPECT_NE(outcome.err.find(wanted), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    return outcome.code;
  };
  EXPECT_EQ(code({"robot", "hoper"}, "did you mean `hopper`?"), 1);
  EXPECT_EQ(code({"robot", "hopper", "--set", "robot.x=1"}, "E0210"), 1);
  EXPECT_EQ(code({"robot", "hopper", "--set", "x"}, "E0006"), 2);
  EXPECT_EQ(code({"robot"}, "E0005"), 2);
}

TEST(FirstSentence, EndsAtAFullStopAndIsOneLine) {
  EXPECT_EQ(first_sentence("A robot\n  of v0.5. It walks."), "A robot of v0.5");
  EXPECT_EQ(first_sentence("A robot\n\nmore"), "A robot more");
  EXPECT_EQ(first_sentence(""), "");
}

}  // namespace
}  // namespace duet
