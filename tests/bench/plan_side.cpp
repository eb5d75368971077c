#include "tests/bench/plan_side.h"

#include "compiler/passes/pipeline.h"

namespace duet::bench {

PlanSide::PlanSide(const std::string& file, int threads, int64_t transitions,
                   const std::map<std::string, std::string>& settings)
    : script(file, plan_pipeline(), settings) {
  EngineOptions options;
  options.steps = transitions;
  options.threads = threads;
  plan = std::make_unique<Plan>(script.program(), options);
  plan->run();  // the random steps before the main loop
}

std::unique_ptr<PreparedBlock> PlanSide::prepare(const Block& block) {
  std::vector<std::vector<int64_t>> sizes;
  for (const ValueId id : block.parameters) {
    sizes.emplace_back();
    for (const Axis& axis : script.program().type(id).axes) sizes.back().push_back(axis.size);
  }
  auto prepared = plan->prepare(block, sizes);
  for (size_t i = 0; i < block.parameters.size(); ++i)
    for (size_t k = 0; k < prepared->input(i).size(); ++k) prepared->input(i)[k] = 0.05f * static_cast<float>(k % 7);
  prepared->run();
  return prepared;
}

}  // namespace duet::bench
