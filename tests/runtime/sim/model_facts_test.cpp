// What of a robot's model is no number: names of its parts as in the reference, and a camera. The numbers are compared
// by `duet verify` (tests/compiler/driver/verify_golden_test.cpp).

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/sim/model.h"
#include "runtime/sim/mujoco_door.h"
#include "tests/runtime/sim/golden.h"

namespace duet {
namespace {

using Json = nlohmann::json;

class ModelFacts : public testing::TestWithParam<test::ModelTwin> {
 protected:
  void SetUp() override {
    DUET_NEEDS_GOLDEN();
    model_ = Model::load(test::robot_file(GetParam().robot));
    facts_ = Json::parse(std::ifstream(test::golden("facts/" + std::string(GetParam().facts) + ".json")));
  }
  const mjModel* native() const { return model_->native().model.get(); }

  std::shared_ptr<const Model> model_;
  Json facts_;
};

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
