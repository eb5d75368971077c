#include "runtime/sim/model.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "runtime/core/error.h"
#include "tests/runtime/sim/temp_model.h"

namespace duet {
namespace {

using test::TempModel;
using test::thrown;

// One of everything the facts list; free and ball joints have more slots in qpos than in qvel.
constexpr const char* kZoo = R"(<mujoco model="zoo">
  <option timestep="0.004"/>
  <worldbody>
    <camera name="eye" pos="0 -1 1"/>
    <body name="ship" pos="0 0 2">
      <freejoint name="root"/>
      <geom name="hull" type="sphere" size="0.1"/>
      <site name="bow" pos="0.1 0 0"/>
      <body name="arm" pos="0.2 0 0">
        <joint name="shoulder" type="ball"/>
        <geom type="capsule" size="0.02 0.1"/>
        <body name="hand" pos="0 0 0.2">
          <joint name="grip" type="slide" axis="0 0 1" limited="true" range="-0.1 0.2"/>
          <joint name="twist" type="hinge" axis="0 0 1"/>
          <geom name="palm" type="box" size="0.02 0.02 0.02"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="close" joint="grip" ctrllimited="true" ctrlrange="-2 3"/>
    <position name="turn" joint="twist" kp="2"/>
  </actuator>
  <sensor>
    <accelerometer name="acceleration" site="bow"/>
    <jointpos name="opening" joint="grip"/>
  </sensor>
</mujoco>)";

TEST(Model, TellsTheFactsOfAllKinds) {
  const TempModel file(kZoo);
  const auto model = Model::load(file.path());
  const ModelFacts& facts = model->facts();
  EXPECT_EQ(model->path(), file.path());
  EXPECT_EQ(facts.name, "zoo");
  EXPECT_EQ(facts.nq, 7 + 4 + 1 + 1);
  EXPECT_EQ(facts.nv, 6 + 3 + 1 + 1);
  EXPECT_EQ(facts.nu, 2);
  EXPECT_EQ(facts.timestep, 0.004);
  ASSERT_EQ(facts.qpos0.size(), 13u);
  EXPECT_EQ(facts.qpos0[2], 2.0);
  EXPECT_EQ(facts.bodies, (std::vector<NamedFact>{{"world", 0}, {"ship", 1}, {"arm", 2}, {"hand", 3}}));
  EXPECT_EQ(facts.geoms, (std::vector<NamedFact>{{"hull", 0}, {"", 1}, {"palm", 2}}));
  EXPECT_EQ(facts.sites, (std::vector<NamedFact>{{"bow", 0}}));
  EXPECT_EQ(facts.cameras, (std::vector<NamedFact>{{"eye", 0}}));
  EXPECT_EQ(facts.joints, (std::vector<JointFact>{{"root", "free", "ship", 0, 7, 0, 6, false, 0, 0},
                                                  {"shoulder", "ball", "arm", 7, 4, 6, 3, false, 0, 0},
                                                  {"grip", "slide", "hand", 11, 1, 9, 1, true, -0.1, 0.2},
                                                  {"twist", "hinge", "hand", 12, 1, 10, 1, false, 0, 0}}));
  EXPECT_EQ(facts.actuators, (std::vector<ActuatorFact>{{"close", true, -2, 3}, {"turn", false, 0, 0}}));
  EXPECT_EQ(facts.sensors, (std::vector<SensorFact>{{"acceleration", 0, 3}, {"opening", 3, 1}}));
}

TEST(Model, FactsSurviveJson) {
  const TempModel file(kZoo);
  const ModelFacts facts = Model::load(file.path())->facts();
  EXPECT_FALSE(facts.quantities.empty());
  EXPECT_EQ(facts_from_json(nlohmann::json::parse(to_json(facts).dump())), facts);
}

TEST(Model, FactsWithoutAKeyAreRefused) {
  auto json = to_json(ModelFacts{});
  json.erase("nu");
  EXPECT_EQ(thrown<Error>([&] { facts_from_json(json); }).code(), "E0503");
}

TEST(Model, MissingFileIsE0501) {
  const Error error = thrown<Error>([] { Model::load("no/such/robot.xml"); });
  EXPECT_EQ(error.code(), "E0501");
  EXPECT_NE(std::string(error.what()).find("no/such/robot.xml"), std::string::npos);
}

TEST(Model, FolderIsE0503) {
  EXPECT_EQ(thrown<Error>([] { Model::load(std::filesystem::temp_directory_path().string()); }).code(), "E0503");
}

TEST(Model, RefusalCarriesMuJoCosMessage) {
  const TempModel file(R"(<mujoco><worldbody><body><geom type="sphere" size="-1"/></body></worldbody></mujoco>)");
  const Error error = thrown<Error>([&] { Model::load(file.path()); });
  EXPECT_EQ(error.code(), "E0502");
  EXPECT_NE(std::string(error.what()).find("sizes must be positive"), std::string::npos) << error.what();
  EXPECT_EQ(error.help().find("2.2.2"), std::string::npos) << "age of MuJoCo is not the cause here";
}

TEST(Model, UnknownWordsPointToTheAgeOfMuJoCo) {
  const TempModel element("<mujoco><novelty/></mujoco>", "element");
  const TempModel attribute(R"(<mujoco><option sleep="1"/></mujoco>)", "attribute");
  const TempModel keyword(R"(<mujoco><option integrator="novel"/></mujoco>)", "keyword");
  for (const TempModel* file : {&element, &attribute, &keyword}) {
    const Error error = thrown<Error>([&] { Model::load(file->path()); });
    EXPECT_EQ(error.code(), "E0502");
    EXPECT_NE(error.help().find("misspelt"), std::string::npos) << error.what() << "\n" << error.help();
  }
}

TEST(Model, TextThatIsNoXmlIsE0502) {
  const TempModel file("not a model");
  EXPECT_EQ(thrown<Error>([&] { Model::load(file.path()); }).code(), "E0502");
}

TEST(Model, LoadsAgainAfterAFailure) {
  const TempModel broken("<mujoco><nonsense/></mujoco>", "broken");
  const TempModel good(kZoo, "good");
  EXPECT_THROW(Model::load(broken.path()), Error);
  EXPECT_EQ(Model::load(good.path())->facts().nu, 2);
}

// Exit code and output of duet-model.
std::pair<int, std::string> run_duet_model(const std::string& arguments) {
  FILE* pipe = popen((std::string(DUET_BUILD) + "/duet-model " + arguments).c_str(), "r");
  if (!pipe) return {-1, ""};
  std::string out;
  std::array<char, 4096> chunk;
  for (std::size_t got = 0; (got = fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) out.append(chunk.data(), got);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out};
}

TEST(DuetModel, PrintsTheFactsThatModelHas) {
  const std::string path = std::string(DUET_ROOT) + "/robots/half_cheetah.xml";
  const auto [code, out] = run_duet_model("'" + path + "'");
  ASSERT_EQ(code, 0) << out;
  EXPECT_EQ(facts_from_json(nlohmann::json::parse(out)), Model::load(path)->facts());
}

TEST(DuetModel, PrintsAFailureAsJson) {
  for (const auto& [arguments, wanted] : {std::pair{"no/such/robot.xml", "E0501"}, std::pair{"", "E0503"}}) {
    const auto [code, out] = run_duet_model(arguments);
    EXPECT_EQ(code, 1);
    const auto json = nlohmann::json::parse(out);
    EXPECT_EQ(json.at("code"), wanted);
    EXPECT_TRUE(json.at("message").is_string());
    EXPECT_TRUE(json.at("help").is_string());
  }
}

}  // namespace
}  // namespace duet
