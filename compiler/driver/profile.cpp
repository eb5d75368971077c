#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/engine_kind.h"
#include "compiler/driver/plan_commands.h"
#include "compiler/driver/profile_report.h"
#include "compiler/driver/rebuild.h"
#include "compiler/driver/resumable_checkpoint.h"
#include "compiler/driver/stop_signal.h"
#include "compiler/driver/usage.h"
#include "runtime/core/thread_pool.h"
#include "runtime/kernels/peak.h"
#include "runtime/plan/plan.h"
#include "runtime/run/progress_bar.h"
#include "runtime/run/run_folder.h"

namespace duet {

namespace {

/// What is run, and from where.
struct Subject {
  std::string name;
  Script script;
  Compiled compiled;
  uint64_t seed = 1;
  std::optional<LatestCheckpoint> from;
};

std::optional<Subject> subject_of_run(const ProfileOptions& options, Context& context) {
  const ScriptOptions& script = options.script;
  if (!script.robot.empty() || !script.algorithm.empty() || !script.settings.empty() || options.seed ||
      !script.disabled_passes.empty())
    throw UsageError("E0005", "`duet profile RUN` takes script, robot, settings and seed from the run folder",
                     "give only --steps, --threads, --all or --json with it");
  std::optional<RebuiltRun> run = rebuild_run(options.what, context);
  if (!run) return std::nullopt;
  if (run->drive.engine != "plan")
    throw UsageError(
        "E0005", options.what + " is a run of the interpreter, whose operations are not timed",
        "profile its script: `duet profile " + run->manifest.script + " --robot " + run->manifest.robot + "`");
  return Subject{run->manifest.name, std::move(run->script), std::move(run->compiled), run->manifest.seed,
                 resumable_checkpoint(options.what)};
}

std::optional<Subject> subject_of_script(const ProfileOptions& options, Context& context) {
  ScriptOptions choice = options.script;
  choice.file = options.what;
  if (choice.robot.empty()) throw UsageError("E0005", "`duet profile` of a script needs a robot", "add `--robot NAME`");
  std::optional<Script> script = load_script(choice, context);
  if (!script || (!script->algorithm && !choose_algorithm(*script, "", context))) return std::nullopt;
  std::optional<Compiled> compiled =
      compile(*script, script->settings, choice.disabled_passes, context, engine_kind("plan").passes);
  if (!compiled) return std::nullopt;
  const std::string name = name_of(*script->algorithm).text + " on " + name_of(*script->robot.item).text;
  return Subject{name, std::move(*script), std::move(*compiled), options.seed.value_or(1), std::nullopt};
}

/// Runs it for so many steps, without leaving anything behind.
ProfileReport measure(const Subject& subject, const Program& program, const ProfileOptions& options,
                      const SourceMap& sources) {
  const StopSignal stop;
  Events events;
  events.add(std::make_unique<ProgressBar>(std::cerr, ProgressBar::options_of_stderr()));
  const int threads = options.threads > 0 ? options.threads : core_count();
  const int64_t first = subject.from ? subject.from->step : 0;
  EngineOptions how;
  how.seed = subject.seed;
  how.steps = first + options.steps;
  how.threads = threads;
  how.events = &events;
  how.stop = &stop.flag();
  ProfileReport report{subject.name, 0, 0, threads, kernels::measure_peak(threads), {}};
  plan::Profile profile(threads);
  Plan plan(program, how);
  if (subject.from) plan.load(subject.from->reader);
  plan.profile(&profile);
  events.started({subject.name, first, how.steps});
  const auto start = std::chrono::steady_clock::now();
  const bool complete = plan.run();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  events.finished({plan.step(), complete});
  report.steps = plan.step() - first;
  report.lines = line_costs(program, profile.entries(), sources);
  return report;
}

}  // namespace

ExitCode profile(const ProfileOptions& options, Context& context) {
  std::optional<Subject> subject =
      is_run_folder(options.what) ? subject_of_run(options, context) : subject_of_script(options, context);
  if (!subject) return context.report();
  context.report();  // warnings
  const ProfileReport report = measure(*subject, subject->compiled.program(), options, context.sources);
  if (options.json)
    std::cout << to_json(report, context.sources).dump(2) << "\n";
  else
    std::cout << to_text(report, options.all, context.sources);
  return kOk;
}

}  // namespace duet
