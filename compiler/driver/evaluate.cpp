#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/engine_commands.h"
#include "compiler/driver/learned_run.h"

namespace duet {

namespace {

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

ExitCode evaluate(const EvaluateOptions& options, const EngineMaker& engine, Context& context) {
  const std::unique_ptr<LearnedRun> run = load_learned_run(options.run, engine, options.threads, context);
  if (!run) return context.report();
  const std::vector<double> returns = run->engine->evaluate_policy(*run->evaluate, options.episodes, options.seed);
  if (options.json)
    print_json(run->manifest, run->step, options.seed, returns);
  else
    print_table(run->manifest, run->step, returns);
  return kOk;
}

}  // namespace duet
