// The gradients of soft actor-critic's update, as std.sac writes it, against finite differences of its losses through
// the interpreter. Its networks have tanh for relu here: a rectifier that happens to stand at its kink gives a difference
// that is half the slope at any step that one can take in float. Losses of size 1 and h = 0.003: the difference errs by
// 1e-7 / 0.003 from rounding, and by h^2 times a third derivative.

#include <cmath>
#include <filesystem>

#include "runtime/core/atomic_file.h"
#include "tests/compiler/driver/process.h"
#include "tests/compiler/elaborate/compiled.h"
#include "tests/compiler/elaborate/script.h"

namespace duet {
namespace {

constexpr auto kAlgorithm = R"(
algorithm learn(robot) {
  memory  real(1000)
  learner agent = sac(hidden = [16, 16], lr = 0, polyak = 0.5, reward_scale = 0.5, norm = "NORM")
  warm up 100 steps with uniform(action) into real
  loop {
    interact with agent.explore into real
    repeat 1 { update agent on mix(real, batch = 32) }
  }
}
)";

/// The bundled definitions and the algorithm, as one script with smooth networks.
std::string smooth_script(const std::string& norm) {
  std::string text = test::Compiled::text_of(DUET_ROOT "/algorithms/std/nets.duet") +
                     test::Compiled::text_of(DUET_ROOT "/algorithms/std/sac.duet") + kAlgorithm;
  const auto replace = [&](const std::string& from, const std::string& to, int times) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()), --times)
      text.replace(at, from.size(), to);
    EXPECT_EQ(times, 0) << from;
  };
  replace("use std.nets", "", 1);
  replace("relu", "tanh", 2);
  replace("NORM", norm, 1);
  return text;
}

class SacGradient : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    for (const Node& node : compiled_.program.main.nodes)
      if (node.op == Op::loop)
        for (const Node& inner : node.blocks[0].nodes)
          if (inner.op == Op::repeat) update_ = inner.blocks[0];
    test::visit(update_, [&](const Node& node) {
      if (node.op == Op::minimize) losses_.push_back(&node);
    });
    ASSERT_EQ(losses_.size(), 3u);
    update_.results.clear();
    for (const Node* node : losses_) update_.results.push_back(node->results[0]);
    Interpreter warm(compiled_.program, {.steps = 120});
    warm.run();
    CheckpointWriter writer;
    warm.save(writer);
    AtomicFile file(scratch_.path() / "warm");
    writer.write(file);
    file.commit();
  }

  struct Result {
    double loss;
    std::vector<float> moment;  // Adam's first, after one update: a tenth of the gradient
  };
  /// One update from the warm state with `value` in `state`: the loss `which` and what was to become of the state.
  Result update(size_t which, int64_t state, int64_t moment, const std::vector<float>& value) {
    const Block set = compiled_.setter(state), get = compiled_.getter(moment);
    Interpreter engine(compiled_.program, {.steps = 120});
    engine.load(CheckpointReader(scratch_.path() / "warm"));
    const TensorData input{compiled_.program.states[static_cast<size_t>(state)].type, value};
    engine.evaluate(set, {&input, 1});
    const double loss = engine.evaluate(update_).at(which).data.at(0);
    return {loss, engine.evaluate(get).at(0).data};
  }
  std::vector<float> value_of(int64_t state) {
    const Block get = compiled_.getter(state);
    Interpreter engine(compiled_.program, {.steps = 120});
    engine.load(CheckpointReader(scratch_.path() / "warm"));
    return engine.evaluate(get).at(0).data;
  }

  test::Compiled compiled_{smooth_script(GetParam()), "hopper"};
  test::Scratch scratch_;
  Block update_;
  std::vector<const Node*> losses_;
};

TEST_P(SacGradient, IsTheSlopeOfTheLoss) {
  size_t checked = 0;
  for (size_t which = 0; which < 3; ++which) {
    const auto parameters = losses_[which]->integers("parameters"), moments = losses_[which]->integers("first_moments");
    for (size_t p = 0; p < parameters.size(); ++p) {
      SCOPED_TRACE("loss " + std::to_string(which) + ", " + compiled_.program.states[static_cast<size_t>(parameters[p])].name);
      const auto value = value_of(parameters[p]);
      const auto before = value_of(moments[p]);
      const Result at = update(which, parameters[p], moments[p], value);
      // The direction of the gradient itself: the slope along it is its length.
      std::vector<double> gradient;
      double length = 0;
      for (size_t i = 0; i < value.size(); ++i) {
        gradient.push_back((at.moment[i] - 0.9 * before[i]) / 0.1);
        length += gradient[i] * gradient[i];
      }
      length = std::sqrt(length);
      ASSERT_GT(length, 1e-6);
      // And another, against an error along which the gradient happens to vanish.
      for (const bool along : {true, false}) {
        double slope = 0, norm = 0;
        std::vector<double> direction;
        for (size_t i = 0; i < value.size(); ++i) {
          direction.push_back(along ? gradient[i] / length : std::sin(1 + 3.7 * double(i)));
          norm += direction[i] * direction[i];
        }
        for (size_t i = 0; i < value.size(); ++i) slope += gradient[i] * (direction[i] /= std::sqrt(norm));
        const double h = 0.003;
        auto up = value, down = value;
        for (size_t i = 0; i < value.size(); ++i) {
          up[i] += static_cast<float>(h * direction[i]);
          down[i] -= static_cast<float>(h * direction[i]);
        }
        const double difference =
            (update(which, parameters[p], moments[p], up).loss - update(which, parameters[p], moments[p], down).loss) / (2 * h);
        EXPECT_NEAR(difference, slope, 0.002 * length + 1e-4) << (along ? "along the gradient" : "across");
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, 2 * (6 + 6 + 1u));  // critics and policy have three layers each, one temperature
}

INSTANTIATE_TEST_SUITE_P(LayerNormalisation, SacGradient, testing::Values("none", "layer"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace duet
