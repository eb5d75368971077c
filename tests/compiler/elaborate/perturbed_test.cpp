// Networks with something added to their parameters: what changes is what the closed form says.
#include <gtest/gtest.h>

#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

using test::expect_near;
using test::Script;

std::string learner(const std::string& hidden) {
  return "learner steer() {\n  net pi(obs) -> action = mlp(" + hidden +
         ", tanh)\n  net q[twin: 2](obs) -> real = mlp([], tanh)\n"
         "  update(b) { minimize mean[batch](sum[action](pi(b.obs)^2) + sum[twin](q(b.obs)^2)) over pi, q with sgd(0) "
         "}\n"
         "  act(s) = pi(s)\n  value(s) = q(s)\n}\n";
}

TEST(Perturbed, ALinearMapGetsTheSumOfBothMaps) {
  Script script("inverted_pendulum");  // 4 observations, 1 action
  script.enter(learner("[]"));
  script.enter("learner agent = steer()");
  EXPECT_EQ(script.number("size(agent.pi)"), 5);
  script.set("s", {{"batch", 2}, {"obs", 4}}, {1, 2, 3, 4, -1, 0, 1, 0});
  script.set("z", {{"candidate", 2}, {"parameter", 5}}, {1, 0, 0, 0, 0.5f, 0.1f, 0.2f, 0.3f, 0.4f, -1});
  // Weights come first, in the order of the inputs, then the bias; every candidate sees every observation.
  expect_near(script.elements("sum[action](perturbed(agent, pi = z).act(s) - agent.act(s))"),
              {1.5, -0.5, 3.0 - 1, 0.2 - 1}, 1e-5);
  expect_near(script.elements("agent.value(s) - perturbed(agent, pi = z).value(s)"), {0, 0, 0, 0}, 0);
}

TEST(Perturbed, MembersHaveTheirOwnParametersEndToEnd) {
  Script script("inverted_pendulum");
  script.enter(learner("[]"));
  script.enter("learner agent = steer()");
  EXPECT_EQ(script.number("size(agent.q)"), 10);
  script.set("s", {{"obs", 4}}, {1, 2, 3, 4});
  script.set("z", {{"parameter", 10}}, {1, 0, 0, 0, 0, 0, 0, 1, 0.5f, -0.5f});  // both weights, then both biases
  expect_near(script.elements("perturbed(agent, q = z).value(s) - agent.value(s)"), {1 + 0.5, 4 - 0.5}, 1e-5);
}

TEST(Perturbed, LayersFollowEachOther) {
  Script script("inverted_pendulum");
  script.enter(learner("[3]"));
  script.enter("learner agent = steer()");
  EXPECT_EQ(script.number("size(agent.pi)"), 4 * 3 + 3 + 3 + 1);
  script.set("s", {{"obs", 4}}, {0.3f, -0.2f, 0.5f, 0.1f});
  // Hidden units are driven to 1 by large biases (elements 12 to 14); then the second layer's weights (15 to 17) add
  // up.
  std::vector<float> z(19, 0);
  z[12] = z[13] = z[14] = 50;
  script.set("saturated", {{"parameter", 19}}, z);
  z[15] = 1, z[16] = 2, z[17] = 3, z[18] = 10;
  script.set("moved", {{"parameter", 19}}, z);
  expect_near(script.elements("perturbed(agent, pi = moved).act(s) - perturbed(agent, pi = saturated).act(s)"), {16},
              1e-5);
}

TEST(Perturbed, IsRefusedWhereItMakesNoSense) {
  Script script("inverted_pendulum");
  script.enter(learner("[3]"));
  script.enter("learner agent = steer()");
  script.set("s", {{"obs", 4}}, {0, 0, 0, 0});
  script.set("z", {{"parameter", 18}}, std::vector<float>(18));
  EXPECT_EQ(script.errors("perturbed(agent, pi = z).act(s)"), std::vector<std::string>{"E0312"}) << "one too few";
  EXPECT_EQ(script.errors("perturbed(agent).act(s)"), std::vector<std::string>{"E0349"});
  EXPECT_EQ(script.errors("perturbed(s, pi = z)"), std::vector<std::string>{"E0349"});
  EXPECT_EQ(script.errors("perturbed(agent, v = z).act(s)"), std::vector<std::string>{"E0206"});
}

}  // namespace
}  // namespace duet
