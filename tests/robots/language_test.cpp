// What the clauses of a robot mean while it is simulated.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/sim/simulator.h"
#include "tests/robots/robot_under_test.h"

namespace duet {
namespace {

using test::RobotUnderTest;
using Numbers = std::vector<double>;

Numbers numbers(std::span<const double> span) {
  return {span.begin(), span.end()};
}

/// An action that differs from step to step and from motor to motor.
Numbers action_at(int step, std::size_t size) {
  Numbers action(size);
  for (std::size_t i = 0; i < size; ++i) action[i] = 0.7 * std::sin(0.3 * step + static_cast<double>(i));
  return action;
}

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "nothing was thrown";
}

TEST(RobotLanguage, ARobotTakesOverWhatItDoesNotSay) {
  const RobotUnderTest base("hopper"), own("r", "robot r extends hopper { reward 2 * (qpos'[0] - qpos[0]) }");
  Environment a = base.environment(), b = own.environment();
  EXPECT_EQ(numbers(a.reset()), numbers(b.reset()));
  for (int i = 0; i < 20; ++i) {
    const double x = a.simulator().qpos()[0];
    const auto one = a.step(action_at(i, 3)), two = b.step(action_at(i, 3));
    EXPECT_EQ(numbers(a.observation()), numbers(b.observation()));
    EXPECT_EQ(one.done, two.done);
    EXPECT_EQ(two.reward, 2 * (a.simulator().qpos()[0] - x));
  }
}

TEST(RobotLanguage, ParametersComeFromTheCommandLineThenFromExtendsThenFromTheirDefaults) {
  const std::string text =
      "robot a(p = 1, q = p + 1) extends hopper { reward p + 10 * q }\n"
      "robot b(r = 5) extends a(p = r) { limit 10 steps }\n";
  const auto reward = [&](const std::string& name, const std::vector<std::pair<std::string, std::string>>& settings) {
    Environment environment = RobotUnderTest(name, text, settings).environment();
    environment.reset();
    return environment.step(Numbers(3, 0.0)).reward;
  };
  EXPECT_EQ(reward("a", {}), 1 + 10 * 2);
  EXPECT_EQ(reward("b", {}), 5 + 10 * 6);
  EXPECT_EQ(reward("b", {{"robot.r", "7"}}), 7 + 10 * 8);
  EXPECT_EQ(reward("b", {{"robot.p", "2"}, {"robot.q", "3"}}), 2 + 10 * 3);
}

constexpr const char* kRandom =
    "robot r extends hopper {\n"
    "  randomize grip = uniform(0.5, 1.5), more[k: 2] = normal(0, 1)\n"
    "  set geom_friction[\"floor\"][0] = grip, body_mass[\"torso\"] = body_mass[\"torso\"] + 0.1 * grip,\n"
    "      gravity = [0, 0, -9 - 0.1 * grip]\n"
    "  observe [qpos, grip, flatten[k](more)]\n"
    "}\n";

TEST(RobotLanguage, NumbersOfTheEpisodeStayDuringItAndDifferBetweenEpisodes) {
  Environment environment = RobotUnderTest("r", kRandom).environment();
  std::set<double> grips;
  for (int episode = 0; episode < 10; ++episode) {
    const Numbers first = numbers(environment.reset());
    ASSERT_EQ(first.size(), 9u);
    EXPECT_GE(first[6], 0.5);
    EXPECT_LT(first[6], 1.5);
    EXPECT_NE(first[7], first[8]) << "each element is a draw of its own";
    grips.insert(first[6]);
    for (int i = 0; i < 5; ++i) {
      environment.step(action_at(i, 3));
      EXPECT_EQ(numbers(environment.observation().subspan(6)), Numbers(first.begin() + 6, first.end()));
    }
  }
  EXPECT_EQ(grips.size(), 10u);
}

TEST(RobotLanguage, SetChangesTheModelOfThisRobotOnly) {
  const RobotUnderTest robot("r", kRandom);
  Environment one = robot.environment(1), two = robot.environment(2);
  const double mass = one.simulator().nominal("body_mass").values[1];
  for (Environment* environment : {&one, &two}) {
    const double grip = environment->reset()[6];
    const Simulator& sim = environment->simulator();
    EXPECT_EQ(sim.quantity("geom_friction").values[0], grip);
    EXPECT_EQ(sim.quantity("body_mass").values[1], mass + 0.1 * grip);
    EXPECT_EQ(numbers(sim.quantity("gravity").values), (Numbers{0, 0, -9 - 0.1 * grip}));
  }
  EXPECT_NE(one.simulator().quantity("geom_friction").values[0], two.simulator().quantity("geom_friction").values[0]);
  EXPECT_EQ(one.simulator().nominal("body_mass").values[1], mass);
}

TEST(RobotLanguage, TheChangedModelIsTheOneThatMoves) {
  // In free fall only gravity counts: the hopper falls by g dt^2 (n + 1) n / 2 in n steps of semi-implicit Euler; RK4
  // is exact. Its rail joints have no damping.
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  set gravity = [0, 0, -2]\n"
                             "  reset qpos = [0, 5, 0, 0, 0, 0]\n"
                             "}\n");
  Environment environment = robot.environment();
  environment.reset();
  for (int i = 0; i < 10; ++i) environment.step(Numbers(3, 0.0));
  const double t = environment.simulator().time();
  EXPECT_NEAR(t, 10 * 0.008, 1e-12);
  EXPECT_NEAR(environment.simulator().qpos()[1], 5 - 0.5 * 2 * t * t, 1e-12);
}

TEST(RobotLanguage, VariablesBeforeAndAfterThePhysics) {
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  var count = 0 then count + 1\n"
                             "  var twice = 1 then 2 * count'\n"
                             "  var told[action] = 0 then action\n"
                             "  var seen = qpos[0] then qpos[0]\n"
                             "  var highest = qpos[1] then max(highest, qpos'[1]) + 0 * count'\n"
                             "  observe [count, twice, told, seen, highest, qpos[0], qpos[1]]\n"
                             "  reward  100 * count + count' + told'[0] - told[0]\n"
                             "  done    false\n"
                             "}\n");
  Environment environment = robot.environment();
  Numbers obs = numbers(environment.reset());
  ASSERT_EQ(obs.size(), 9u);
  EXPECT_EQ(Numbers(obs.begin(), obs.begin() + 5), (Numbers{0, 1, 0, 0, 0}));
  EXPECT_EQ(obs[5], obs[7]) << "the start value sees the start";
  double highest = obs[8], before = 0;
  for (int i = 1; i <= 20; ++i) {
    const double x = obs[7];
    const Numbers action = action_at(i, 3);
    const double reward = environment.step(action).reward;
    obs = numbers(environment.observation());
    highest = std::max(highest, obs[8]);
    EXPECT_EQ(Numbers(obs.begin(), obs.begin() + 5), (Numbers{double(i), 2.0 * i, action[0], action[1], action[2]}));
    EXPECT_EQ(obs[5], x) << "computed before the physics";
    EXPECT_EQ(obs[6], highest) << "computed after the physics";
    EXPECT_EQ(reward, 100.0 * (i - 1) + i + action[0] - before);
    before = action[0];
  }
  environment.reset();
  EXPECT_EQ(environment.observation()[0], 0);
}

TEST(RobotLanguage, AControlLawOfEachFrameSeesEachFrame) {
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  action  within -1..1\n"
                             "  control each frame 0.5 * (action - qpos[3..])\n"
                             "  reward  0  done false\n"
                             "}\n");
  Environment ours = robot.environment();
  ours.reset();
  Simulator by_hand(robot.model());
  by_hand.reset(ours.simulator().qpos(), ours.simulator().qvel());
  for (int i = 0; i < 50; ++i) {
    const Numbers action = action_at(i, 3);
    ours.step(action);
    for (int frame = 0; frame < 4; ++frame) {
      Numbers ctrl(3);
      for (std::size_t k = 0; k < 3; ++k) ctrl[k] = 0.5 * (action[k] - by_hand.qpos()[3 + k]);
      by_hand.step(ctrl, 1);
    }
    ASSERT_EQ(numbers(ours.simulator().qpos()), numbers(by_hand.qpos()));
    ASSERT_EQ(numbers(ours.simulator().ctrl()), numbers(by_hand.ctrl()));
  }
}

TEST(RobotLanguage, AControlOfEachStepIsHeld) {
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  action  [1] within -1..1\n"
                             "  control [action[0], qpos[3], 0.5]\n"
                             "  reward  0\n"
                             "}\n");
  EXPECT_EQ(robot.program().robot.action, 1);
  EXPECT_EQ(robot.program().robot.low, Numbers{-1});
  Environment environment = robot.environment();
  environment.reset();
  const double q = environment.simulator().qpos()[3];
  environment.step(Numbers{0.25});
  EXPECT_EQ(numbers(environment.simulator().ctrl()), (Numbers{0.25, q, 0.5}));
}

TEST(RobotLanguage, ActionsOutsideTheirLimits) {
  const auto seen = [](const std::string& rule) {
    const RobotUnderTest robot("r", "robot r extends hopper { action outside " + rule + "  reward action[0] }");
    Environment environment = robot.environment();
    environment.reset();
    return environment.step(Numbers{1.5, 0, 0}).reward;
  };
  EXPECT_EQ(seen("pass"), 1.5);
  EXPECT_EQ(seen("clip"), 1.0);
  EXPECT_EQ(code_of([&] { seen("refuse"); }), "E0615");
}

TEST(RobotLanguage, AStartIsDrawnUntilItIsAccepted) {
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  reset qpos = [place, 1.25, 0, 0, 0, 0] until norm2(place) < 0.09 and place[0] > 0\n"
                             "    where place[_: 1] ~ uniform(-1, 1)\n"
                             "}\n");
  Environment environment = robot.environment();
  double sum = 0;
  for (int i = 0; i < 400; ++i) {
    environment.reset();
    const double x = environment.simulator().qpos()[0];
    EXPECT_GT(x, 0.0);
    EXPECT_LT(x, 0.3);
    sum += x;
  }
  EXPECT_NEAR(sum / 400, 0.15, 4 * 0.3 / std::sqrt(12.0 * 400)) << "uniform on what is left, four standard errors";
  const RobotUnderTest never("r", "robot r extends hopper { reset qpos = qpos0 until x > 2 where x ~ uniform(0, 1) }");
  Environment stuck = never.environment();
  EXPECT_EQ(code_of([&] { stuck.reset(); }), "E0617");
}

TEST(RobotLanguage, SettlingIsPhysicsWithoutControlBeforeTheEpisode) {
  const RobotUnderTest settled("r", "robot r extends hopper { settle 8 frames  reset qpos = qpos0 }");
  const RobotUnderTest walked("s", "robot s extends hopper { reset qpos = qpos0 }");
  Environment a = settled.environment(), b = walked.environment();
  a.reset();
  b.reset();
  b.step(Numbers(3, 0.0));
  b.step(Numbers(3, 0.0));
  EXPECT_EQ(numbers(a.simulator().qpos()), numbers(b.simulator().qpos()));
  EXPECT_EQ(a.simulator().time(), 0.0);
}

TEST(RobotLanguage, ObservationsMayBeNoisyAndTheNoiseIsNewInEachStep) {
  const RobotUnderTest robot("r",
                             "robot r extends hopper {\n"
                             "  observe [q - qpos, qpos] where q ~ normal(qpos, 0.01)\n"
                             "  done false\n"
                             "}\n");
  Environment a = robot.environment(3), b = robot.environment(3), other = robot.environment(4);
  std::set<double> noises;
  double squares = 0;
  a.reset();
  b.reset();
  other.reset();
  EXPECT_NE(a.observation()[0], other.observation()[0]);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(numbers(a.observation()), numbers(b.observation()));
    noises.insert(a.observation()[0]);
    squares += a.observation()[0] * a.observation()[0];
    a.step(action_at(i, 3));
    b.step(action_at(i, 3));
  }
  EXPECT_EQ(noises.size(), 200u);
  EXPECT_NEAR(std::sqrt(squares / 200), 0.01, 4 * 0.01 / std::sqrt(400.0));
}

TEST(RobotLanguage, ContactForcesHoldTheWeight) {
  // Everything that falls on the floor: when the hopper has come to rest the floor carries its weight.
  const RobotUnderTest robot(
      "r",
      "robot r extends hopper {\n"
      "  observe [sum[other](contact_force[\"floor\"]), contact_force[\"foot_geom\"][\"floor\"],\n"
      "           contact_force[\"floor\"][\"foot_geom\"]]\n"
      "  reward  0  done false\n"
      "}\n");
  Environment environment = robot.environment();
  environment.reset();
  for (int i = 0; i < 2000; ++i) environment.step(Numbers(3, 0.0));
  const double weight = 9.81 * robot.model()->facts().mass;
  EXPECT_NEAR(environment.observation()[0], weight, 1e-3 * weight) << "at rest up to a slow slide of the joints";
  EXPECT_EQ(environment.observation()[1], environment.observation()[2]);
}

TEST(RobotLanguage, ASavedRobotGoesOnBitForBit) {
  const RobotUnderTest robot(
      "r",
      "robot r extends hopper {\n"
      "  randomize grip = uniform(0.5, 1.5)\n"
      "  set geom_friction[\"floor\"][0] = grip, body_mass[\"foot\"] = 3 * grip\n"
      "  var told[k: 2, action] = 0 then if k_is < 1 then action else told where k_is = unflatten[k: 2]([0, 1])\n"
      "  var calm = 0 then 0.9 * calm + 0.1 * qvel'[0]\n"
      "  observe [q, calm, flatten[k, action](told), contact_force[\"foot_geom\"][\"floor\"], grip]\n"
      "    where q ~ normal(qpos, 0.01)\n"
      "}\n");
  Environment a = robot.environment(), b = robot.environment();
  a.reset();
  for (int i = 0; i < 37; ++i) {
    const auto outcome = a.step(action_at(i, 3));
    if (outcome.done) a.reset();
  }
  b.reset();
  b.restore(a.save());
  EXPECT_EQ(numbers(a.observation()), numbers(b.observation()));
  for (int i = 37; i < 200; ++i) {
    const auto one = a.step(action_at(i, 3)), two = b.step(action_at(i, 3));
    ASSERT_EQ(one.reward, two.reward);
    ASSERT_EQ(numbers(a.observation()), numbers(b.observation()));
    if (one.done) {
      a.reset();
      b.reset();
    }
  }
}

TEST(RobotLanguage, NumbersThatAreNotFiniteAreErrorsWithTheirPlace) {
  const auto error_of = [](const std::string& clauses) {
    const RobotUnderTest robot("r", "robot r extends hopper {\n" + clauses + "\n}\n");
    Environment environment = robot.environment();
    environment.reset();
    try {
      environment.step(Numbers(3, 0.0));
    } catch (const Error& error) {
      EXPECT_TRUE(error.span().known()) << clauses;
      return error.code() + ": " + error.what();
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(error_of("var bad = 1 then log(bad - 1) * 0"), "E0602: element 0 of `bad` is not a number");
  EXPECT_EQ(error_of("control [1 / (action[0]), 0, 0]"), "E0602: element 0 of the control is infinite");
  EXPECT_EQ(error_of("observe [qpos, sqrt(-time)]"), "E0602: element 6 of the observation is not a number");
  const RobotUnderTest heavy("r", "robot r extends hopper { set body_mass[\"torso\"] = -1 }");
  Environment environment = heavy.environment();
  EXPECT_EQ(code_of([&] { environment.reset(); }), "E0616");
}

TEST(RobotLanguage, FlattenAndUnflattenGoRowByRow) {
  const RobotUnderTest robot(
      "r",
      "robot r extends hopper {\n"
      "  observe [flatten[body, xyz](body_pos[body: 1..3]), flatten[xyz, body](body_pos[body: 1..3]),\n"
      "           flatten[b](unflatten[a: 2, b: 3](qpos)[a: 1]), atan2(1, -1) / pi, asin(1) / pi, acos(0) / pi]\n"
      "}\n");
  Environment environment = robot.environment();
  const Numbers obs = numbers(environment.reset());
  ASSERT_EQ(obs.size(), 18u);
  const auto pos = environment.simulator().quantity("body_pos").values;
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t x = 0; x < 3; ++x) {
      EXPECT_EQ(obs[3 * b + x], pos[3 * (b + 1) + x]);
      EXPECT_EQ(obs[6 + 2 * x + b], pos[3 * (b + 1) + x]);
    }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(obs[12 + i], environment.simulator().qpos()[3 + i]);
  EXPECT_EQ(Numbers(obs.begin() + 15, obs.end()), (Numbers{0.75, 0.5, 0.5}));
}

}  // namespace
}  // namespace duet
