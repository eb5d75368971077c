#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/engine_commands.h"
#include "compiler/driver/rebuild.h"
#include "compiler/driver/run_options_file.h"
#include "runtime/interp/interpreter.h"
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

struct Summary {
  double mean = 0, deviation = 0, least = 0, most = 0;
};

Summary summary_of(const std::vector<double>& returns) {
  Summary summary;
  const auto count = static_cast<double>(returns.size());
  for (const double value : returns) summary.mean += value / count;
  for (const double value : returns) summary.deviation += (value - summary.mean) * (value - summary.mean) / count;
  summary.deviation = std::sqrt(summary.deviation);
  const auto [least, most] = std::minmax_element(returns.begin(), returns.end());
  summary.least = *least;
  summary.most = *most;
  return summary;
}

void print_table(const RunManifest& manifest, int64_t step, const std::vector<double>& returns) {
  const Summary summary = summary_of(returns);
  std::printf("%s, after %lld steps\n\n", manifest.name.c_str(), static_cast<long long>(step));
  std::printf("%10s %12s %12s %12s %12s\n", "episodes", "mean return", "deviation", "least", "largest");
  std::printf("%10zu %12.2f %12.2f %12.2f %12.2f\n", returns.size(), summary.mean, summary.deviation, summary.least,
              summary.most);
}

void print_json(const RunManifest& manifest, int64_t step, uint64_t seed, const std::vector<double>& returns) {
  const Summary summary = summary_of(returns);
  const nlohmann::ordered_json json = {{"algorithm", manifest.algorithm},
                                       {"robot", manifest.robot},
                                       {"step", step},
                                       {"seed", seed},
                                       {"episodes", returns.size()},
                                       {"mean", summary.mean},
                                       {"deviation", summary.deviation},
                                       {"least", summary.least},
                                       {"largest", summary.most},
                                       {"returns", returns}};
  std::cout << json.dump(2) << "\n";
}

}  // namespace

ExitCode evaluate(const EvaluateOptions& options, Context& context) {
  const RunManifest manifest = read_manifest(options.run);
  const std::optional<Script> script = script_of_run(options.run, manifest, context);
  if (!script) return context.report();
  const Settings settings = settings_of_run(manifest, context);
  std::optional<Compiled> compiled =
      compile(*script, settings, read_drive(options.run, manifest).disabled_passes, context);
  if (!compiled) return context.report();
  const Node* node = find_evaluate(compiled->program().main);
  if (!node)
    throw Error("E0714", "the algorithm `" + manifest.algorithm + "` has no `evaluate` statement that says what acts",
                "add one to the script, such as `every 1000 steps { evaluate agent.act for 10 episodes }`",
                script->algorithm->span);
  const LatestCheckpoint latest = latest_checkpoint(options.run);
  for (const std::string& warning : latest.warnings) context.diagnostics.warning("E0703", {}, warning);
  context.report();
  EngineOptions engine_options;
  engine_options.threads = options.threads;
  Interpreter engine(compiled->program(), engine_options);
  engine.load(latest.reader);
  const std::vector<double> returns = engine.evaluate_policy(*node, options.episodes, options.seed);
  if (options.json)
    print_json(manifest, latest.step, options.seed, returns);
  else
    print_table(manifest, latest.step, returns);
  return kOk;
}

}  // namespace duet
