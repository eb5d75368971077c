#include "compiler/driver/learned_run.h"

#include "compiler/driver/rebuild.h"
#include "compiler/driver/run_options_file.h"
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

std::unique_ptr<LearnedRun> load_learned_run(const std::string& folder, int threads, Context& context) {
  auto run = std::make_unique<LearnedRun>();
  run->manifest = read_manifest(folder);
  std::optional<Script> script = script_of_run(folder, run->manifest, context);
  if (!script) return nullptr;
  run->script = std::move(*script);
  const Settings settings = settings_of_run(run->manifest, context);
  std::optional<Compiled> compiled =
      compile(run->script, settings, read_drive(folder, run->manifest).disabled_passes, context);
  if (!compiled) return nullptr;
  run->compiled = std::move(*compiled);
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
  run->engine = std::make_unique<Interpreter>(program, options);
  run->engine->load(latest.reader);
  return run;
}

}  // namespace duet
