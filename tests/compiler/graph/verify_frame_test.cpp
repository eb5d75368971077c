// One bad program for each rule about data and effects, and about the frame: order, blocks, attributes, declarations.
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

class BadFrame : public testing::TestWithParam<Case> {};
TEST_P(BadFrame, IsFound) {
  expect_finding(GetParam());
}

constexpr const char* kMoments = "first_moments=[1] optimizer=\"adam\" parameters=[2] second_moments=[1]";

INSTANTIATE_TEST_SUITE_P(
    Data, BadFrame,
    testing::Values(
        Case{"load_state", "%7: real = load() state=3", "there is no state 3"},
        Case{"load_type", "%7: real = load() state=1", "should be real[H: 5, x: 2]"},
        Case{"counter", "%7: real = counter() name=\"hours\"", "no counter \"hours\""},
        Case{"memory", "%7: real = memory_size() memory=1", "there is no memory 1"},
        Case{"rows", "%7: real[row] = rows() memory=0", "should be index[row]"},
        Case{"split_part", "%7: index[train], %8: index[holdout] = split(%3) fraction=1.5 site=1", "between 0 and 1"},
        Case{"split_type", "%7: index[a], %8: index[holdout] = split(%3) fraction=0.5 site=1",
             "should be index[train]"},
        Case{"gather",
             "%7: real[obs], %8: real[k: 3, action], %9: real[k: 3], %10: real[k: 3, obs], %11: real[k: 3] = "
             "gather(%3) memory=0",
             "obs is real[obs] but should"},
        Case{"simulate_axes",
             "%7: real[H: 5, action: 2] = expand(%0)  %8: real[H: 5] = simulate(%7) axis=\"k\" gives=[\"reward\"]",
             "the first axis of input 0 must be `axis`"},
        Case{"simulate_robots",
             "%7: real[H: 5, n: 3, action: 2] = expand(%0)  %8: real[H: 5, n: 3] = simulate(%7) axis=\"H\" "
             "gives=[\"reward\"] robots=\"episode\"",
             "the second must be `robots`"},
        Case{"simulate_controls", "%7: real[H: 5] = simulate(%1) axis=\"H\" gives=[\"reward\"]", "must be action"},
        Case{"simulate_gives",
             "%7: real[H: 5, action: 2] = expand(%0)  %8: real[H: 5], %9: real[H: 5] = simulate(%7) axis=\"H\" "
             "gives=[\"alive\", \"reward\"]",
             "in this order"},
        Case{"simulate_obs",
             "%7: real[H: 5, action: 2] = expand(%0)  %8: real[H: 5] = simulate(%7) axis=\"H\" gives=[\"obs\"]",
             "obs is real[H: 5] but should"},
        Case{"sample_shares",
             "%7: real[batch: 2, obs], %8: real[batch: 2, action], %9: real[batch: 2], %10: real[batch: 2, obs], "
             "%11: real[batch: 2] = sample() count=2 memories=[0] shares=[0.5, 0.5] site=1",
             "one of `shares` for each"},
        Case{"starts", "%7: real[n: 4] = sample_starts() axis=\"n\" count=4 memory=0 site=3", "should have the axes"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Effect, BadFrame,
    testing::Values(
        Case{"assign", "assign(%0) state=1", "input 0 is real but should be real[H: 5, x: 2]"},
        Case{"track_type", "track() fast=[1] rate=0.5 slow=[0]", "the slow state is real but"},
        Case{"track_rate", "track() fast=[1] rate=1.5 slow=[2]", "`rate` must lie"},
        Case{"store_feature", "store(%0, %0, %0, %0, %0) memory=0", "input 0 is real and has no axis obs"},
        Case{"store_clash",
             "%7: real[n: 2, obs: 3] = noise() distribution=\"normal\" site=3  "
             "%8: real[n: 3, action: 3] = noise() distribution=\"normal\" site=3  store(%7, %8, %0, %7, %0) memory=0",
             "axis n has two sizes"},
        Case{"metric", "log_metric(%2) metric=\"m\"", "should be a scalar"},
        Case{"repeat_count", "repeat(%2) do {}", "should be a scalar"},
        Case{"repeat_result", "repeat(%0) do { yield %0 }", "1 results instead of 0"},
        Case{"loop_parameter", "loop() do (%7: real) {}", "1 parameters instead of 0"},
        Case{"every", "every() place=0 steps=0 do {}", "at least 1"},
        Case{"chunks", "chunks(%2) axis=\"H\" size=2 do (%7: real) {}", "should be real[H]"},
        Case{"each_batch",
             "each_batch(%3) count=2 memory=0 site=4 do (%7: real[obs], %8: real[batch, action], %9: real[batch], "
             "%10: real[batch, obs], %11: bool[batch]) {}",
             "parameter 0 is real[obs]"},
        Case{"each_batch_members", "each_batch(%3) axis=\"m\" count=2 memory=0 site=4 do {}", "go together"},
        Case{"until", "until() patience=1 threshold=0.1 do {}", "0 results instead of 1"},
        Case{"interact", "interact() memory=0 site=1 do {} do (%7: real[obs: 2]) { yield %7 }",
             "the action is real[obs: 2] but"},
        Case{"play_action", "%7: real, %8: real = play() site=1 do (%9: real[obs: 2]) { yield %9 }",
             "the action is real[obs: 2] but should be real[action]"},
        Case{"play_sum",
             "%7: real[k: 2], %8: real[k: 2], %9: real[x: 3] = play() site=1 do (%10: real[k: 2, obs: 3]) { "
             "%11: real[k: 2, action: 3] = rename(%10) from=\"obs\" to=\"action\"  %12: real[x: 3] = expand(%0)  "
             "yield %11, %12 }",
             "what is summed has the axes of the episodes first"},
        Case{"evaluate", "evaluate() episodes=3 metric=\"e\" site=1 do {} do (%7: real[obs: 2]) { yield %7 }",
             "the observation is real[obs: 2] but should be real[episode: 3, obs]"}),
    case_name);

std::string minimize(const std::string& attributes, const std::string& block) {
  return "%7: real = minimize(%0) beta1=0.9 beta2=0.9 epsilon=0.1 " + attributes + " do { " + block + " }";
}

TEST(BadMinimize, Loss) {
  const std::string rest = std::string(kMoments) + " decay=[0.0] steps=0";
  EXPECT_EQ(joined(verify(given(minimize(rest, "yield %0")))), "");
  EXPECT_EQ(joined(verify(given(minimize(rest, "yield %2")))),
            "main/7 minimize: the loss is real[H: 4] but should be a scalar\n"
            "main/7 minimize: result 0 is real but should be real[H: 4]\n");
}

TEST(BadMinimize, States) {
  const auto found = [](const std::string& attributes) {
    return joined(verify(given(minimize(attributes, "yield %0"))));
  };
  const std::string moments = kMoments;
  EXPECT_EQ(found(moments + " decay=[real] steps=0"), "main/7 minimize: needs one of `decay` for each parameter\n");
  EXPECT_EQ(found(moments + " decay=[0.0] steps=1"),
            "main/7 minimize: the state of `steps` is real[H: 5, x: 2] but should be a scalar\n");
  EXPECT_EQ(found("decay=[0.0] steps=0 first_moments=[0] optimizer=\"adam\" parameters=[2] second_moments=[int]"),
            "main/7 minimize: a state of `first_moments` is real but should be real[H: 5, x: 2]\n"
            "main/7 minimize: needs one of `second_moments` for each parameter\n");
}

INSTANTIATE_TEST_SUITE_P(
    Frame, BadFrame,
    testing::Values(
        Case{"before", "%7: real = exp(%8)  %8: real = exp(%0)", "main/7 exp: %8 is used before it is made"},
        Case{"ended", "repeat(%0) do { %7: real = exp(%0) }  log_metric(%7) metric=\"m\"",
             "%7 is made in a block that has ended"},
        Case{"itself", "%7: real = exp(%7)", "used before it is made"},
        Case{"own_block", "%7: real = iterate(%0) count=1 do (%8: real, %9: real) { yield %7 }",
             "used before it is made"},
        Case{"sibling", "choose(%0) cases=[1, 2] do { %7: real = exp(%0) } do { log_metric(%7) metric=\"m\" }",
             "has ended"},
        Case{"twice", "%7: real = exp(%0)  %7: real = log(%0)", "%7 is made twice"},
        Case{"inputs", "%7: real = exp(%0, %0)", "has 2 inputs instead of 1"},
        Case{"inputs_range", "store(%0) memory=0", "has 1 inputs instead of 5 to 6"},
        Case{"inputs_least", "%7: real[H: 1] = concat() axis=\"H\"", "has 0 inputs instead of at least 1"},
        Case{"results", "exp(%0)", "has 0 results instead of 1"},
        Case{"blocks", "repeat(%0)", "has 0 blocks instead of 1"},
        Case{"lacks", "%7: real = constant()", "lacks the attribute `value`"},
        Case{"attribute_type", "%7: real = constant() value=1", "is a whole number but should be a real"},
        Case{"attribute_unknown", "%7: real = exp(%0) speed=1", "has no attribute `speed`"},
        Case{"axis_twice", "%7: real[a: 1, a: 1] = noise() distribution=\"normal\" site=1", "the axis a twice"},
        Case{"axis_negative", "%7: real[a: -5] = noise() distribution=\"normal\" site=1", "negative size"},
        Case{"effect_in_gradient",
             "%7: real, %8: real = gradient(%0) do (%9: real) { log_metric(%0) metric=\"m\" yield %9 }",
             "effects are not allowed here"}),
    case_name);

struct Declared {
  const char* text;
  const char* finding;
};

TEST(BadDeclaration, IsFound) {
  const Declared all[] = {
      {"state 0 a: real = indices state 1 a: real = indices main {}", "state 1: the name a is taken"},
      {"state 0 a: real = copy 0 main {}", "state 0: copies state 0, which does not come before it"},
      {"state 0 a: real = indices state 1 b: index = copy 0 main {}", "which has another type"},
      {"memory 0 a: 0 main {}", "capacity must be at least 1"},
      {"memory 0 a: 1 memory 1 a: 1 main {}", "the name a is taken"},
      {"main (%0: real) {}", "main: has parameters"},
      {"robot r { frames 0 } main {}", "frames must be at least 1"},
      {"robot r { low [0.0] } main {}", "differ in length"},
      {"robot r { action 2 low [0.0] high [1.0] } main {}", "one number per action"},
      {"robot r { obs 3 observe (%0: real[q: 2] = qpos) { yield %0 } } main {}",
       "should be one axis of the size of obs"},
      {"robot r { reward (%0: real[q: 2] = qpos) { yield %0 } } main {}", "are scalars"},
      {"robot r { reward (%0: real) { yield %0 } } main {}", "name of a quantity"},
      {"robot r { reset (%0: real = qpos) { yield %0 } } main {}", "1 results instead of 2"},
      {"robot r { reward { %0: real = noise() distribution=\"normal\" site=1 yield %0 } } main {}",
       "draws are not allowed"},
      {"state 0 a: real = indices robot r { reward { %0: real = load() state=0 yield %0 } } main {}",
       "cannot be read here"},
      {"robot r { reward (%0: real = time) { yield %0 } } main { log_metric(%0) metric=\"m\" }", "has ended"},
  };
  for (const Declared& one : all) {
    const std::string found = joined(verify(read(one.text)));
    EXPECT_NE(found.find(one.finding), std::string::npos) << one.text << "\ngave\n" << found;
  }
}

TEST(BadFrameExtra, IdsOutOfRangeAreFoundAndDoNotCrash) {
  Program program;
  Node node{};
  node.op = Op::exp;
  node.inputs = {5};
  node.results = {-3};
  program.main.nodes.push_back(node);
  EXPECT_EQ(joined(verify(program)), "main/0 exp: there is no value %5\nmain/0 exp: there is no value %-3\n");
}

TEST(SizesKnown, OpenSizesMustComeFromData) {
  const VerifyOptions known{.sizes_known = true};
  EXPECT_EQ(joined(verify(given("%7: real[H, x: 2] = exp(%1)"), known)),
            "main/7 exp: %7 has a size that is not known\n");
  EXPECT_EQ(joined(verify(given("%7: index[row] = rows() memory=0 %8: real[row] = exp(%7)"), known)), "");
  EXPECT_EQ(joined(verify(read("state 0 a: real[x] = indices main {}"), known)),
            "state 0: has a size that is not known\n");
}

TEST(Verify, ADescentHasAGradientForEachParameter) {
  const auto found = [](const std::string& inputs, const std::string& slow = "") {
    return joined(verify(given("descend(" + inputs +
                               ") beta1=0.9 beta2=0.9 epsilon=0.1 optimizer=\"sgd\" parameters=[1] "
                               "first_moments=[int] second_moments=[int] decay=[0.0] steps=0" +
                               slow)));
  };
  EXPECT_EQ(found("%0, %0, %1"), "");
  EXPECT_EQ(found("%2, %0, %1"), "main/7 descend: the learning rate is real[H: 4] but should be a scalar\n");
  EXPECT_EQ(found("%0, %2, %1"), "main/7 descend: the loss is real[H: 4] but should be a scalar\n");
  EXPECT_EQ(found("%0, %0, %2"), "main/7 descend: input 2 is real[H: 4] but should be real[H: 5, x: 2]\n");
  EXPECT_EQ(found("%0, %0, %1, %1"), "main/7 descend: needs one gradient for each parameter\n");
  EXPECT_EQ(found("%0, %0, %1", " slow=[1] slow_rate=0.5"), "");
  EXPECT_EQ(found("%0, %0, %1", " slow=[1]"), "main/7 descend: `slow` and `slow_rate` go together\n");
  EXPECT_EQ(found("%0, %0, %1", " slow=[0, 1] slow_rate=0.5"),
            "main/7 descend: needs one of `parameters` for each of `slow`\n");
}

}  // namespace
}  // namespace duet::test
