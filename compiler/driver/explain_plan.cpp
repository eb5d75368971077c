#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/engine_kind.h"
#include "compiler/driver/plan_commands.h"
#include "compiler/driver/plan_report.h"
#include "compiler/driver/script.h"
#include "compiler/driver/usage.h"
#include "compiler/graph/dot.h"
#include "runtime/plan/plan.h"

namespace duet {

namespace {

/// Empty without a robot, when sizes are not known. What the plan cannot run is reported.
std::vector<BlockMemory> memory_of(const Program& program, bool sizes_known, Context& context) {
  if (!sizes_known) return {};
  EngineOptions options;
  options.threads = 1;
  try {
    return Plan(program, options).block_memory();
  } catch (const Error& error) {
    context.diagnostics.add(error);
    return {};
  }
}

}  // namespace

ExitCode explain_plan(const ExplainOptions& options, Context& context) {
  if (options.script.file.empty()) throw UsageError("E0005", "`duet explain` needs a script");
  const auto start = std::chrono::steady_clock::now();
  const std::optional<Script> script = load_script(options.script, context);
  if (!script) return context.report();
  std::optional<Compiled> compiled =
      compile(*script, script->settings, options.script.disabled_passes, context, engine_kind("plan").passes);
  if (!compiled) return context.report();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Program& program = compiled->program();
  if (options.dot) {
    std::cout << to_dot(program);
    return context.report();
  }
  const auto memory = memory_of(program, script->robot.facts.has_value(), context);
  const PlanReport report = report_on(program, compiled->passes, seconds, memory);
  if (options.json)
    std::cout << to_json(report, context.sources).dump(2) << "\n";
  else
    std::cout << to_text(report, context.sources);
  return context.report();
}

}  // namespace duet
