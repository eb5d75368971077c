#include "compiler/passes/effects.h"

#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

/// The effects of the last node of `nodes`.
Effects last(const std::string& nodes) {
  return effects_of(given(nodes).main.nodes.back());
}

constexpr Resource kMoment{Resource::Kind::moment, 0};
constexpr Resource state(int64_t id) {
  return {Resource::Kind::state, id};
}
constexpr Resource memory(int64_t id) {
  return {Resource::Kind::memory, id};
}
using Set = std::set<Resource>;

TEST(Effects, PureNodes) {
  EXPECT_TRUE(last("%7: real = exp(%0)").reads.empty());
  EXPECT_EQ(last("%7: real = load() state=0").reads, Set{state(0)});
  EXPECT_EQ(last("%7: real = noise() distribution=\"normal\" site=3").reads, Set{kMoment});
  EXPECT_EQ(last("%7: real = memory_size() memory=0").reads, (Set{memory(0), kMoment}));
  EXPECT_EQ(
      last("%7: real[H: 5, action: 2] = expand(%0) %8: real[H: 5] = simulate(%7) axis=\"H\" gives=[\"reward\"]").reads,
      Set{kMoment});
  for (const char* nodes :
       {"%7: real = exp(%0)", "%7: real = load() state=0", "%7: real = counter() name=\"step\"",
        "%7: index[row] = rows() memory=0", "repeat(%0) do {}",
        "%7: real[H: 5, action: 2] = expand(%0) %8: real[H: 5] = simulate(%7) axis=\"H\" gives=[\"reward\"]"})
    EXPECT_TRUE(last(nodes).pure()) << nodes;
}

TEST(Effects, Writers) {
  const Effects descend = last(
      "descend(%0, %0, %1) beta1=0.9 beta2=0.9 decay=[0.0] epsilon=0.1 first_moments=[1] optimizer=\"adam\" parameters=[2] "
      "second_moments=[1] steps=0");
  EXPECT_EQ(descend.writes, (Set{state(0), state(1), state(2)}));
  EXPECT_FALSE(descend.visible);
  EXPECT_EQ(last("assign(%0) state=0").writes, Set{state(0)});
  EXPECT_EQ(last("track() fast=[1] rate=0.5 slow=[2]").writes, Set{state(2)});
  EXPECT_EQ(last("track() fast=[1] rate=0.5 slow=[2]").reads, (Set{state(1), state(2)}));
  EXPECT_EQ(last("%7: real = minimize(%0) beta1=0.9 beta2=0.9 decay=[0.0] epsilon=0.1 first_moments=[1] "
                 "optimizer=\"adam\" parameters=[2] second_moments=[1] steps=0 do { yield %0 }")
                .writes,
            (Set{state(0), state(1), state(2)}));
  const Effects interact = last(
      "interact() memory=0 site=1 do { assign(%0) state=0 } do (%7: real[obs]) { %8: real[action] = rename(%7) "
      "from=\"obs\" to=\"action\" yield %8 }");
  EXPECT_EQ(interact.writes, (Set{memory(0), kMoment, state(0)}));
  EXPECT_TRUE(interact.visible);
}

TEST(Effects, ControlIsAsPureAsWhatIsInside) {
  EXPECT_TRUE(last("%7: real = choose(%0) cases=[1] do { %8: real = load() state=0 yield %8 }").pure());
  EXPECT_EQ(last("%7: real = choose(%0) cases=[1] do { %8: real = load() state=0 yield %8 }").reads, Set{state(0)});
  EXPECT_FALSE(last("%7: real = choose(%0) cases=[1] do { repeat(%0) do { assign(%0) state=0 } yield %0 }").pure());
  EXPECT_FALSE(last("repeat(%0) do { log_metric(%0) metric=\"m\" }").pure());
  EXPECT_FALSE(last("loop() do {}").pure());
}

TEST(Effects, EveryOperationThatIsNoEffectIsPure) {
  for (const OpInfo& op : all_ops()) {
    Node node{};
    node.op = op.op;
    if (op.group == OpGroup::effect) continue;
    EXPECT_TRUE(effects_of(node).pure()) << op.name;
  }
}

TEST(Effects, Disturbs) {
  EXPECT_TRUE(disturbs({state(1), memory(0)}, {memory(0)}));
  EXPECT_FALSE(disturbs({state(1)}, {memory(1), kMoment}));
}

}  // namespace
}  // namespace duet::test
