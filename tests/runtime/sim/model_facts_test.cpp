// The robots of robots/ are compiled and compared with the reference models, array by array and bit by bit.

#include <gtest/gtest.h>
#include <mujoco/mjxmacro.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/sim/model.h"
#include "runtime/sim/mujoco_door.h"
#include "tests/runtime/sim/golden.h"

namespace duet {
namespace {

using Json = nlohmann::json;

// Counts of what only the eye sees (cameras, lights, materials, textures) and the sizes that follow from them and their
// names. Duet's robots have their own.
const std::set<std::string> kPresentation = {"ncam", "nlight", "nmat", "ntex", "ntexdata", "nnames", "nbuffer"};

std::map<std::string, int> ints_of(const mjModel* m) {
  std::map<std::string, int> ints;
#define X(name) ints[#name] = m->name;
  MJMODEL_INTS
#undef X
  return ints;
}

std::map<std::string, std::vector<double>> arrays_of(const mjModel* m) {
  std::map<std::string, std::vector<double>> arrays;
  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, rows, cols) \
  arrays[#name] = std::vector<double>(m->name, m->name + static_cast<std::size_t>(m->rows) * (cols));
  MJMODEL_POINTERS
#undef X
  return arrays;
}

// Compares bits, so that -0 differs from 0; writes the first difference of an array.
void compare(const std::string& name, const std::vector<double>& ours, const std::vector<double>& theirs,
             std::ostream& report) {
  if (ours.size() != theirs.size()) {
    report << name << ": " << ours.size() << " numbers, reference has " << theirs.size() << '\n';
    return;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::bit_cast<uint64_t>(ours[i]) == std::bit_cast<uint64_t>(theirs[i])) continue;
    report << name << '[' << i << "]: " << Json(ours[i]) << ", reference has " << Json(theirs[i]) << '\n';
    return;
  }
}

std::vector<double> numbers(const Json& value) {
  return value.is_array() ? value.get<std::vector<double>>() : std::vector<double>{value.get<double>()};
}

// A number of the model that the robot's script sets at each reset, so that its model file need not have it.
struct Setting {
  std::string facts;
  std::string array;
  std::size_t index;
  double file, script;
};
const Setting kSettings[] = {{"Walker2d-v5", "geom_friction", 4 * 3, 0.9, 1.9}};  // of geom 4, the right foot

class ModelFacts : public testing::TestWithParam<test::ModelTwin> {
 protected:
  void SetUp() override {
    DUET_NEEDS_GOLDEN();
    model_ = Model::load(test::robot_file(GetParam().robot));
    facts_ = Json::parse(std::ifstream(test::golden("facts/" + std::string(GetParam().facts) + ".json")));
  }
  const mjModel* native() const { return model_->native().model.get(); }

  static void apply_settings(std::map<std::string, std::vector<double>>& arrays) {
    for (const Setting& setting : kSettings) {
      if (setting.facts != GetParam().facts) continue;
      double& number = arrays.at(setting.array).at(setting.index);
      EXPECT_EQ(number, setting.file) << setting.array;
      number = setting.script;
    }
  }

  std::shared_ptr<const Model> model_;
  Json facts_;
};

TEST_P(ModelFacts, EveryArrayEqualsTheReferenceBitForBit) {
  const auto ints = ints_of(native());
  auto arrays = arrays_of(native());
  apply_settings(arrays);
  std::ostringstream report;
  int compared = 0;
  for (const auto& [name, value] : facts_["mjmodel"].items()) {
    if (kPresentation.contains(name)) continue;
    ++compared;
    if (value.is_object()) {
      ASSERT_TRUE(arrays.contains(name)) << name;
      compare(name, arrays.at(name), numbers(value["data"]), report);
    } else {
      ASSERT_TRUE(ints.contains(name)) << name;
      compare(name, {double(ints.at(name))}, numbers(value), report);
    }
  }
  EXPECT_GT(compared, 200) << "the reference lists 155 arrays and some fifty sizes";
  EXPECT_EQ(report.str(), "");
}

TEST_P(ModelFacts, OptionsEqualTheReference) {
  const mjOption& opt = native()->opt;
  const Json& want = facts_["option"];
  EXPECT_EQ(opt.timestep, facts_["timestep"].get<double>());
  EXPECT_EQ(opt.integrator, want["integrator"] == "RK4" ? mjINT_RK4 : mjINT_EULER);
  ASSERT_TRUE(want["solver"] == "PGS" || want["solver"] == "Newton");
  EXPECT_EQ(opt.solver, want["solver"] == "PGS" ? mjSOL_PGS : mjSOL_NEWTON);
  ASSERT_EQ(want["cone"], "pyramidal");
  EXPECT_EQ(opt.cone, mjCONE_PYRAMIDAL);

  std::ostringstream report;
#define DUET_NUMBER(name) compare(#name, {double(opt.name)}, numbers(want[#name]), report)
#define DUET_NUMBERS(name) compare(#name, {std::begin(opt.name), std::end(opt.name)}, numbers(want[#name]), report)
  DUET_NUMBER(jacobian);
  DUET_NUMBER(collision);
  DUET_NUMBER(iterations);
  DUET_NUMBER(tolerance);
  DUET_NUMBER(noslip_iterations);
  DUET_NUMBER(noslip_tolerance);
  DUET_NUMBER(mpr_iterations);
  DUET_NUMBER(mpr_tolerance);
  DUET_NUMBER(impratio);
  DUET_NUMBER(density);
  DUET_NUMBER(viscosity);
  DUET_NUMBER(disableflags);
  DUET_NUMBER(enableflags);
  DUET_NUMBER(o_margin);
  DUET_NUMBERS(gravity);
  DUET_NUMBERS(wind);
  DUET_NUMBERS(magnetic);
  DUET_NUMBERS(o_solref);
  DUET_NUMBERS(o_solimp);
#undef DUET_NUMBER
#undef DUET_NUMBERS
  EXPECT_EQ(report.str(), "");
}

TEST_P(ModelFacts, StatisticsEqualTheReference) {
  const mjStatistic& stat = native()->stat;
  const Json& want = facts_["statistic"];
  std::ostringstream report;
  compare("meaninertia", {stat.meaninertia}, numbers(want["meaninertia"]), report);
  compare("meanmass", {stat.meanmass}, numbers(want["meanmass"]), report);
  compare("meansize", {stat.meansize}, numbers(want["meansize"]), report);
  compare("extent", {stat.extent}, numbers(want["extent"]), report);
  compare("center", {stat.center, stat.center + 3}, numbers(want["center"]), report);
  EXPECT_EQ(report.str(), "");
}

TEST_P(ModelFacts, NamesEqualTheReference) {
  const duet::ModelFacts& facts = model_->facts();
  const auto expect_names = [this](const char* kind, const auto& ours) {
    ASSERT_EQ(ours.size(), facts_[kind].size()) << kind;
    for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i].name, facts_[kind][i]["name"]) << kind;
  };
  expect_names("body", facts.bodies);
  expect_names("joint", facts.joints);
  expect_names("geom", facts.geoms);
  expect_names("site", facts.sites);
  expect_names("actuator", facts.actuators);
}

TEST_P(ModelFacts, HasACameraThatTracksTheRobot) {
  const auto& cameras = model_->facts().cameras;
  ASSERT_EQ(cameras.size(), 1u);
  EXPECT_EQ(cameras[0].name, "track");
  EXPECT_EQ(native()->cam_mode[0], mjCAMLIGHT_TRACKCOM);
}

INSTANTIATE_TEST_SUITE_P(Robots, ModelFacts, testing::ValuesIn(test::kModelTwins),
                         [](const auto& info) { return test::model_twin_name(info.param); });

}  // namespace
}  // namespace duet
