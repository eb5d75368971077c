// What `minimize`, `let`, `stop` and `track` mean: which parameters a step moves, by how much, and through what.

#include <cmath>

#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

using test::Script;
using Codes = std::vector<std::string>;

constexpr double kFloat = 1e-6;

/// Runs the body of an update once and lets look at the learner's variables.
class Learning : public testing::Test {
 protected:
  Learning() {
    script_.enter("memory real(100)");
    script_.enter("repeat 20 { interact with uniform(action) into real }");
  }
  static std::string learner(const std::string& body) {
    return "learner probe() {\n  var c = 2.0\n  var d = 5.0\n  var seen = 0.0\n  var also = 0.0\n"
           "  net q(obs) -> real = mlp([4], tanh)\n  slow q_slow = q at 0.75\n  update(b) {\n" +
           body + "\n  }\n  act(s) = 0 * s[..1]\n}\n";
  }
  /// What the names are after `times` updates with this body.
  void update(const std::string& body, int times = 1) {
    script_.enter(learner(body));
    script_.enter("learner agent = probe()");
    script_.enter("repeat " + std::to_string(times) + " { update agent on mix(real, batch = 8) }");
  }
  /// Of a learner whose update has this body, or else of its use.
  Codes errors(const std::string& body) {
    const Codes alone = script_.errors(learner(body));
    if (!alone.empty()) return alone;
    script_.enter(learner(body));
    script_.enter("learner agent = probe()");
    return script_.errors("update agent on mix(real, batch = 8)");
  }
  double of(const std::string& name) { return script_.number("1 * agent." + name); }

  Script script_{"inverted_pendulum"};
};

TEST_F(Learning, AStepGoesAgainstTheGradientOfItsParametersOnly) {
  update("minimize (3 * c - d)^2 over c with sgd(0.1)");
  EXPECT_NEAR(of("c"), 2 - 0.1 * 2 * (3 * 2 - 5) * 3, kFloat);
  EXPECT_EQ(of("d"), 5);
}

TEST_F(Learning, TheGradientGoesThroughLets) {
  update("let y = 3 * c\nlet z = y - d\nminimize z^2 over c with sgd(0.1)");
  EXPECT_NEAR(of("c"), 2 - 0.1 * 2 * (3 * 2 - 5) * 3, kFloat);
}

TEST_F(Learning, AGradientGoesThroughFunctionsConditionalsAndReductions) {
  update("let f(x) = if x > 1 then x^3 else 0\nlet y = [f(c), f(c / 4)]\n"
         "minimize mean[_](y) + sum[batch](0 * b.reward) over c with sgd(0.1)");
  EXPECT_NEAR(of("c"), 2 - 0.1 * 3 * 4 / 2, kFloat);
}

TEST_F(Learning, StopCutsTheGradientAndNothingElse) {
  update("minimize stop(c) * 3 * c over c with sgd(0.1)");
  EXPECT_NEAR(of("c"), 2 - 0.1 * 3 * 2, kFloat);
  update("let y = stop(c * c) * 3\nminimize y * c over c with sgd(0.1)");
  EXPECT_NEAR(of("c"), 2 - 0.1 * 12, kFloat);
}

TEST_F(Learning, ALossThatDependsOnNothingItMovesIsAnError) {
  EXPECT_EQ(errors("minimize d^2 over c with sgd(0.1)"), Codes{"E0411"});
  EXPECT_EQ(errors("minimize stop(c)^2 over c with sgd(0.1)"), Codes{"E0411"});
  EXPECT_EQ(errors("let y = stop(c)\nminimize y^2 over c with sgd(0.1)"), Codes{"E0411"});
}

TEST_F(Learning, AValueFromBeforeAStepIsStaleForItsGradient) {
  const std::string first = "let y = c^2\nminimize y over c with sgd(0.1)\n";
  EXPECT_EQ(errors(first + "minimize y over c with sgd(0.1)"), Codes{"E0408"});
  EXPECT_EQ(errors(first + "minimize y + c over c with sgd(0.1)"), Codes{"E0408"});
  EXPECT_EQ(errors("let y = c^2\nc = 1\nminimize y over c with sgd(0.1)"), Codes{"E0408"});
  // As a number it may be used, and for the gradient of others.
  EXPECT_EQ(errors(first + "minimize stop(y) * c over c with sgd(0.1)"), Codes{});
  EXPECT_EQ(errors(first + "minimize y * d over d with sgd(0.1)"), Codes{});
}

TEST_F(Learning, AStepChangesWhatIsReadAfterItButNoValueFromBefore) {
  update("let y = c * 10\nminimize y over c with sgd(0.1)\nseen = y\nalso = c * 10");
  EXPECT_NEAR(of("seen"), 20, kFloat);
  EXPECT_NEAR(of("also"), 10, 1e-5);
}

TEST_F(Learning, ADrawIsTheSameInsideAndOutsideTheLoss) {
  // The categorical's weights depend on c, so that it is computed inside the loss too; with rate 1 and the gradient i,
  // c moves by minus the index that is drawn there.
  for (int k = 0; k < 5; ++k) {
    update("let z[k: 50] ~ normal()\nlet i ~ categorical[k](exp(0 * z + c - c))\nlet y = c * z[k: i] * 100\nseen = z[k: i]\n"
           "minimize y over c with sgd(1)\nalso = z[k: i]");
    EXPECT_NEAR(of("c"), 2 - 100 * of("seen"), 1e-4);
    EXPECT_EQ(of("seen"), of("also"));
  }
  // And gaussian draws through a parameter: y = c + z, so the gradient of y^2 is 2 (c + z).
  update("let y ~ normal(c, 1)\nseen = y\nminimize y^2 over c with sgd(0.5)\nalso = y");
  EXPECT_NEAR(of("c"), 2 - of("seen"), 1e-5);
  EXPECT_EQ(of("seen"), of("also"));
}

TEST_F(Learning, TwoUpdatesDrawDifferentNumbers) {
  update("let y ~ normal()\nalso = seen\nseen = y", 2);
  EXPECT_NE(of("seen"), of("also"));
  EXPECT_NE(of("also"), 0);
}

TEST_F(Learning, AdamIsKingmaAndBas) {
  update("minimize (3 * c - d)^2 over c with adam(0.05)", 7);
  double c = 2, m = 0, v = 0;
  for (int t = 1; t <= 7; ++t) {
    const double g = 2 * (3 * c - 5) * 3;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    c -= 0.05 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
  }
  EXPECT_NEAR(of("c"), c, 1e-5);
}

TEST_F(Learning, ARateMayBeComputed) {
  update("minimize c * 3 over c with sgd(d / 100)");
  EXPECT_NEAR(of("c"), 2 - 0.05 * 3, kFloat);
}

TEST_F(Learning, TrackMovesASlowCopyTowardsItsNetwork) {
  script_.enter(learner("minimize mean[batch](q(b.obs)) over q with sgd(0.5)\ntrack q_slow"));
  script_.enter("learner agent = probe()");
  script_.set("s", {{"obs", 4}}, {0, 0, 0, 0});
  // A network without input has its biases alone: of the second layer only, as tanh(first bias) is multiplied; so the
  // difference of the outputs at 0 follows the parameters only if they are compared before and after a step of nothing.
  EXPECT_EQ(script_.number("agent.q(s)"), script_.number("agent.q_slow(s)")) << "a slow copy starts as a copy";
  script_.enter("update agent on mix(real, batch = 8)");
  EXPECT_NE(script_.number("agent.q(s)"), script_.number("agent.q_slow(s)"));
}

}  // namespace
}  // namespace duet
