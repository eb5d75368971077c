#include <iostream>

#include "compiler/driver/batch/batch.h"
#include "compiler/driver/batch/child_process.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/engine_kind.h"
#include "compiler/driver/stop_signal.h"
#include "runtime/core/error.h"
#include "runtime/run/progress_bar.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

void require_same_batch(const fs::path& folder, const BatchManifest& now) {
  if (!is_batch_folder(folder)) return;
  const std::vector<std::string> lines = differences(read_batch(folder), now);
  if (lines.empty()) return;
  std::string message = "the folder " + folder.string() + " is of another batch:";
  for (const std::string& line : lines) message += "\n  " + line;
  throw Error("E0707", message, "give back what it was begun with, or start another by --out");
}

BatchDrive drive_of(const BatchOptions& options, const fs::path& folder, const Context& context) {
  BatchDrive drive{folder, context.places.programs / "duet", allowed_cores(), 1, options.threads_per_run};
  const int cores = std::max(1, static_cast<int>(drive.cores.size()));
  drive.jobs = options.jobs > 0 ? options.jobs : std::max(1, cores / options.threads_per_run);
  return drive;
}

BatchDisplay::Options display_options(bool quiet) {
  const ProgressBar::Options stream = ProgressBar::options_of_stderr();
  return {stream.terminal, quiet, stream.width, {}};
}

}  // namespace

ExitCode run_plan(const ExperimentPlan& plan, const BatchOptions& options, const fs::path& folder, Context& context) {
  std::optional<SourceHashes> sources = check_cells(plan, options.file, context);
  if (!sources) return context.report();
  context.report();  // warnings
  const BatchManifest manifest =
      manifest_of(plan, options.file, std::string(engine_kind(options.engine).name), std::move(*sources));
  require_same_batch(folder, manifest);
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw Error("E0701", "cannot create " + folder.string() + ": " + failure.message());
  write_batch(folder, manifest);
  const StopSignal stop;
  BatchDisplay display(std::cerr, display_options(options.quiet));
  const BatchResult result = run_batch(manifest, drive_of(options, folder, context), stop.flag(), display);
  for (const FailedRun& run : result.failed)
    std::cerr << "failed: " << run.folder << " (exit code " << run.code << ")\n"
              << (run.last_words.empty() ? "" : "  " + run.last_words + "\n") << "  log: " << run.log.string() << "\n";
  if (result.stopped) {
    std::cerr << "stopped: " << result.finished << " of " << manifest.runs.size()
              << " runs are finished. Go on with: " << options.again << "\n";
    return kInterrupted;
  }
  if (!options.quiet)
    std::cout << folder.string() << ": " << result.finished << " of " << manifest.runs.size() << " runs are finished"
              << (result.finished_before > 0 ? ", " + std::to_string(result.finished_before) + " of them were before"
                                             : "")
              << "\n";
  return result.failed.empty() ? kOk : kFailed;
}

ExitCode batch(const BatchOptions& options, Context& context) {
  Library library(context.sources, context.places.search);
  const ast::File* file = load_file(library, options.file, context);
  const ast::Experiment* experiment = file ? choose_experiment(*file, options.experiment, context) : nullptr;
  if (!experiment) return context.report();
  const std::optional<ExperimentPlan> plan = plan_experiment(library, *file, *experiment, context);
  if (!plan) return context.report();
  BatchOptions how = options;
  const std::string folder = options.out.empty() ? "runs/" + plan->name : options.out;
  how.again = "duet batch " + options.file + " --experiment " + plan->name + " --out " + folder;
  return run_plan(*plan, how, folder, context);
}

}  // namespace duet
