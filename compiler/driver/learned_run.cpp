#include "compiler/driver/learned_run.h"

#include "runtime/run/checkpoint_folder.h"

namespace duet {

namespace {

/// The first `evaluate` of a program, at any depth.
const Node* find_evaluate(const Block& block) {
  for (const Node& node : block.nodes) {
    if (node.op == Op::evaluate) return &node;
    for (const Block& inner : node.blocks)
      if (const Node* found = find_evaluate(inner)) return found;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<LearnedRun> load_learned_run(const std::string& folder, const EngineMaker& engine, int threads,
                                             Context& context) {
  std::optional<RebuiltRun> rebuilt = rebuild_run(folder, context);
  if (!rebuilt) return nullptr;
  auto run = std::make_unique<LearnedRun>(LearnedRun{std::move(*rebuilt), nullptr, 0, nullptr});
  const Program& program = run->compiled.program();
  run->evaluate = find_evaluate(program.main);
  if (!run->evaluate)
    throw Error("E0714",
                "the algorithm `" + run->manifest.algorithm + "` has no `evaluate` statement that says what acts",
                "add one to the script, such as `every 1000 steps { evaluate agent.act for 10 episodes }`",
                run->script.algorithm->span);
  const LatestCheckpoint latest = latest_checkpoint(folder);
  for (const std::string& warning : latest.warnings) context.diagnostics.warning("E0703", {}, warning);
  context.report();
  run->step = latest.step;
  EngineOptions options;
  options.threads = threads;
  run->engine = engine.make(program, options);
  run->engine->load(latest.reader);
  return run;
}

}  // namespace duet
