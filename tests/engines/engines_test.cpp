// Two engines, one meaning: whole blocks of bundled scripts, evaluated by the interpreter as they were written and by
// the plan after all its passes, from the same state.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "compiler/graph/print.h"
#include "compiler/passes/cost.h"
#include "compiler/passes/pipeline.h"
#include "runtime/core/atomic_file.h"
#include "runtime/plan/plan.h"
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

/// A script on half_cheetah after some passes, and an engine for it.
struct Side {
  Side(const std::string& script, const Settings& settings, std::span<const PipelineStep> passes,
       const std::vector<std::string>& disabled = {})
      : compiled(Compiled::text_of(DUET_ROOT "/algorithms/" + script), "half_cheetah", settings) {
    PipelineOptions pipeline;
    pipeline.disabled = disabled;
    pipeline.verify_options.sizes_known = true;
    run_pipeline(compiled.program, pipeline, passes);
    options.steps = 1000;
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
  EngineOptions options;
  std::unique_ptr<Executor> engine;
};

void expect_close(const TensorData& a, const TensorData& b, double tolerance, const std::string& what) {
  ASSERT_EQ(a.type, b.type);
  ASSERT_EQ(a.data.size(), b.data.size());
  double worst = 0, size = 1e-3;
  for (size_t i = 0; i < a.data.size(); ++i) {
    if (a.type.kind != Kind::real) {
      ASSERT_EQ(a.data[i], b.data[i]) << what;
    }
    ASSERT_EQ(std::isfinite(a.data[i]), std::isfinite(b.data[i])) << what;
    if (!std::isfinite(a.data[i])) continue;
    worst = std::max(worst, std::abs(static_cast<double>(a.data[i]) - b.data[i]));
    size = std::max(size, std::abs(static_cast<double>(a.data[i])));
  }
  EXPECT_LE(worst, tolerance * size) << what << " of type " << to_string(a.type);
}

using Part = const Block& (*)(const Side&);

/// The block that `part` finds in both.
void compare(const std::string& script, const Settings& settings, Part part, const std::vector<TensorData>& inputs,
             const std::vector<std::string>& disabled = {}, double tolerance = 1e-5) {
  Side reference(script, settings, pipeline()), plan(script, settings, plan_pipeline(), disabled);
  reference.engine = std::make_unique<Interpreter>(reference.compiled.program, reference.options);
  plan.engine = std::make_unique<Plan>(plan.compiled.program, plan.options);
  reference.engine->run();
  const auto path = std::filesystem::temp_directory_path() /
                    (std::string("duet-engines-") + testing::UnitTest::GetInstance()->current_test_info()->name());
  {
    CheckpointWriter writer;
    reference.engine->save(writer);
    AtomicFile file(path);
    writer.write(file);
    file.commit();
  }
  plan.engine->load(CheckpointReader(path));
  std::filesystem::remove(path);
  if (std::getenv("DUET_PRINT_PLAN")) std::puts(print_block(plan.compiled.program, part(plan)).c_str());
  const std::vector<TensorData> wanted = reference.outcome(part(reference), inputs);
  const std::vector<TensorData> got = plan.outcome(part(plan), inputs);
  ASSERT_EQ(wanted.size(), got.size());
  const size_t results = part(reference).results.size();
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::string what = i < results ? "result " + std::to_string(i)
                             : i - results < reference.compiled.program.states.size()
                                 ? reference.compiled.program.states[i - results].name
                                 : "a memory";
    expect_close(wanted[i], got[i], tolerance, what);
  }
}

TensorData numbers(std::vector<Axis> axes, double scale) {
  TensorData x{{Kind::real, std::move(axes)}, {}};
  for (int64_t i = 0; i < x.type.elements(); ++i)
    x.data.push_back(static_cast<float>(scale * std::sin(1.0 + 0.7 * static_cast<double>(i))));
  return x;
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
const Block& fitting(const Side& side) {
  return find(Op::every, side.loop())->blocks.at(0);
}

TEST(Engines, PlanningStepOfOnlineMDemorl) {
  compare("m_demorl_online.duet", {}, acting, {numbers({{"obs", 17}}, 0.3)});
}

TEST(Engines, PlanningStepInBfloat16) {
  // One iteration: later ones begin with what roundings have made of the weights of the first.
  compare("m_demorl_online.duet", {{"plan.precision", "bf16"}, {"plan.iterations", "1"}, {"plan.kappa", "0.1"}}, acting,
          {numbers({{"obs", 17}}, 0.3)}, {}, 3e-3);
}

TEST(Engines, RecordedPlansOfMDemorl) {
  compare("m_demorl.duet", {}, recording, {numbers({{"start", 10}, {"obs", 17}}, 0.3)});
}

TEST(Engines, UpdateOfSac) {
  compare("sac.duet", {}, updating, {});
}

}  // namespace
}  // namespace duet::test
