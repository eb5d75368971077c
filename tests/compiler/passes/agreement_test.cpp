// The passes of the plan change no number: whole blocks of bundled scripts, evaluated by the interpreter from the same
// state with the passes of the interpreter and with those of the plan.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "compiler/passes/cost.h"
#include "compiler/passes/pipeline.h"
#include "tests/compiler/elaborate/compiled.h"

namespace duet::test {
namespace {

using Settings = std::map<std::string, std::string>;

const Node* find(Op op, const Block& in) {
  for (const Node& node : in.nodes) {
    if (node.op == op) return &node;
    for (const Block& inner : node.blocks)
      if (const Node* found = find(op, inner)) return found;
  }
  return nullptr;
}

/// A script on half_cheetah after some passes, with transitions of random actions in its first memory.
struct Side {
  Side(const std::string& script, const Settings& settings, std::span<const PipelineStep> passes)
      : compiled(Compiled::text_of(DUET_ROOT "/algorithms/" + script), "half_cheetah", settings) {
    PipelineOptions pipeline;
    pipeline.verify_options.sizes_known = true;
    reports = run_pipeline(compiled.program, pipeline, passes);
    EngineOptions options;
    options.steps = 1000;
    engine = std::make_unique<Interpreter>(compiled.program, options);
    engine->run();
  }

  const Block& loop() const { return find(Op::loop, compiled.program.main)->blocks.at(0); }

  /// What `block` gives for an input, then all states and the transitions of all memories.
  std::vector<TensorData> outcome(const Block& block, const std::vector<TensorData>& inputs) {
    std::vector<TensorData> all = engine->evaluate(block, inputs);
    for (size_t i = 0; i < compiled.program.states.size(); ++i)
      all.push_back(engine->evaluate(compiled.getter(static_cast<int64_t>(i))).at(0));
    for (const MemoryInfo& memory : compiled.program.memories)
      for (TensorData& part : engine->evaluate(compiled.contents(memory.name))) all.push_back(std::move(part));
    return all;
  }

  Compiled compiled;
  std::vector<PassReport> reports;
  std::unique_ptr<Interpreter> engine;
};

void expect_close(const TensorData& a, const TensorData& b, double tolerance, size_t which) {
  ASSERT_EQ(a.type, b.type);
  double worst = 0, size = 1e-3;
  for (size_t i = 0; i < a.data.size(); ++i) {
    if (a.type.kind != Kind::real) {
      ASSERT_EQ(a.data[i], b.data[i]) << "of outcome " << which;
    }
    ASSERT_EQ(std::isfinite(a.data[i]), std::isfinite(b.data[i])) << "of outcome " << which;
    if (!std::isfinite(a.data[i])) continue;
    worst = std::max(worst, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
    size = std::max(size, std::abs(static_cast<double>(a.data[i])));
  }
  EXPECT_LE(worst, tolerance * size) << "outcome " << which << " of type " << to_string(a.type);
}

/// Small numbers for the parameters of a block.
std::vector<TensorData> inputs_of(const Program& program, const Block& block) {
  std::vector<TensorData> inputs;
  for (const ValueId id : block.parameters) {
    inputs.push_back({program.type(id), {}});
    for (int64_t i = 0; i < inputs.back().type.elements(); ++i)
      inputs.back().data.push_back(static_cast<float>(0.3 * std::sin(1.0 + 0.7 * static_cast<double>(i))));
  }
  return inputs;
}

/// Evaluates the block that `part` finds in both; gives what it costs after the passes of the interpreter and the plan.
std::pair<double, double> compare(const std::string& script, const Settings& settings,
                                  const std::function<const Block&(const Side&)>& part, double tolerance = 1e-5) {
  Side reference(script, settings, pipeline()), plan(script, settings, plan_pipeline());
  const std::vector<TensorData> inputs = inputs_of(reference.compiled.program, part(reference));
  const std::vector<TensorData> wanted = reference.outcome(part(reference), inputs);
  const std::vector<TensorData> got = plan.outcome(part(plan), inputs);
  EXPECT_EQ(wanted.size(), got.size());
  for (const float x : wanted.at(0).data) EXPECT_TRUE(std::isfinite(x));
  for (size_t i = 0; i < wanted.size(); ++i) expect_close(wanted[i], got[i], tolerance, i);
  const std::pair<double, double> cost{flops(reference.compiled.program, part(reference)),
                                       flops(plan.compiled.program, part(plan))};
  return cost;
}

const Block& acting(const Side& side) {
  return find(Op::interact, side.loop())->blocks.at(1);
}
const Block& updating(const Side& side) {
  return find(Op::repeat, side.loop())->blocks.at(0);
}
const Block& recording(const Side& side) {
  return find(Op::chunks, side.loop())->blocks.at(0);
}

TEST(Agreement, PlanningStepOfOnlineMDemorl) {
  const auto [before, after] = compare("m_demorl_online.duet", {}, acting);
  EXPECT_LT(after, 0.6 * before);
}

TEST(Agreement, RecordedPlansOfMDemorl) {
  const auto [before, after] = compare("m_demorl.duet", {}, recording);
  EXPECT_LT(after, before);
}

TEST(Agreement, LongPlansOfMDemorl) {
  compare("m_demorl.duet", {{"plan.H", "9"}, {"plan.N", "20"}}, recording);
}

TEST(Agreement, UpdateOfMDemorl) {
  compare("m_demorl.duet", {{"plan.H", "2"}}, updating);
}

TEST(Agreement, UpdateOfOnlineMDemorl) {
  compare("m_demorl_online.duet", {}, updating);
}

TEST(Agreement, UpdateOfSac) {
  const auto [before, after] = compare("sac.duet", {}, updating);
  EXPECT_LE(after, before);
}

}  // namespace
}  // namespace duet::test
