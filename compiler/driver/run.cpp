#include <filesystem>
#include <iostream>

#include "compiler/base/suggest.h"
#include "compiler/driver/engine_commands.h"
#include "compiler/driver/rebuild.h"
#include "compiler/driver/resumable_checkpoint.h"
#include "compiler/driver/train.h"
#include "compiler/driver/usage.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

std::map<std::string, std::string> versions_of(const EngineMaker& engine) {
  std::map<std::string, std::string> versions = engine.versions;
  versions.insert({{"duet", DUET_VERSION}, {"mujoco", DUET_MUJOCO_VERSION}});
  return versions;
}

RunManifest manifest_of(const RunOptions& options, const EngineMaker& engine, const Script& script,
                        const Context& context) {
  RunManifest manifest;
  manifest.algorithm = name_of(*script.algorithm).text;
  manifest.robot = name_of(*script.robot.item).text;
  manifest.name = manifest.algorithm + " on " + manifest.robot + ", seed " + std::to_string(options.seed);
  manifest.script = options.script.file;
  manifest.seed = options.seed;
  manifest.parameters = script.settings.written();
  manifest.versions = versions_of(engine);
  manifest.command_line = options.command_line;
  manifest.sources = sources_of(script, context);
  return manifest;
}

std::string default_folder(const RunManifest& manifest) {
  return "runs/" + manifest.algorithm + "-" + manifest.robot + "-seed" + std::to_string(manifest.seed);
}

/// UsageError E0005 if the run belongs to another engine.
void require_engine(const RunDrive& drive, const fs::path& run, const EngineKind& now) {
  if (drive.engine == now.name) return;
  throw UsageError("E0005",
                   run.string() + " was begun with --engine " + drive.engine + " and cannot go on with --engine " +
                       std::string(now.name) + ": engines differ in rounding",
                   "leave --engine out, or start another run with it");
}

/// True if the folder holds exactly this run, done. Error E0705 or E0707 if it holds anything else.
bool is_finished_already(const std::string& path, const RunManifest& manifest, int64_t steps,
                         const EngineKind& engine) {
  std::error_code none;
  if (!fs::exists(fs::path(path) / "manifest.json", none)) return false;
  const RunFolder folder = RunFolder::open(path);
  folder.require_same_run(manifest);
  const RunStatus status = read_status(path);
  const RunDrive drive = read_drive(path, manifest);
  require_engine(drive, path, engine);
  const int64_t planned = drive.steps;
  if (status.finished && planned == steps) return true;
  throw Error("E0705",
              "the run folder " + path + " exists already (" + std::to_string(status.step) + " of " +
                  std::to_string(planned) + " steps)",
              "go on with it by `duet run --resume " + path +
                  (planned == steps ? "" : " --steps " + std::to_string(steps)) +
                  "`, or choose another folder by --out");
}

/// Which settings the scripts gave, and what the command line made of them.
void tell_settings(const Script& script, const Context& context) {
  if (!script.block) return;
  const Span at = script.block->algorithm.span;
  std::cerr << "settings of " << context.sources.path(at.file) << ":"
            << context.sources.position(at.file, at.begin).line << ":";
  const char* before = " ";
  for (const ast::Setting& setting : script.block->entries) {
    const std::string& value = script.settings.written().at(setting.key.text);
    std::cerr << before << setting.key.text << " = " << value
              << (value == context.sources.text(setting.value->span) ? "" : " (--set)");
    before = ", ";
  }
  std::cerr << (script.block->entries.empty() ? " none\n" : "\n");
}

ExitCode closing_words(ExitCode code, const fs::path& path, bool quiet) {
  if (code == kInterrupted) std::cerr << "stopped. Go on with: duet run --resume " << path.string() << "\n";
  if (code == kOk && !quiet) std::cout << "run folder: " << path.string() << "\n";
  return code;
}

/// The whole way of a new run: texts -> checked program -> graph -> run folder -> engine.
ExitCode run_new(const RunOptions& options, const EngineMaker& engine, Context& context) {
  const std::optional<Script> script = load_script(options.script, context);
  if (!script) return context.report();
  if (!script->algorithm) {
    choose_algorithm(*script, "", context);
    return context.report();
  }
  std::optional<Compiled> compiled =
      compile(*script, script->settings, options.script.disabled_passes, context, engine.kind.passes);
  if (!compiled) return context.report();
  context.report();  // warnings

  const RunManifest manifest = manifest_of(options, engine, *script, context);
  const std::string path = options.out.empty() ? default_folder(manifest) : options.out;
  if (is_finished_already(path, manifest, *options.steps, engine.kind)) {
    if (!options.quiet) std::cout << "this run is finished already: " << path << "\n";
    return kOk;
  }
  RunFolder folder = RunFolder::create(path, manifest);
  const RunDrive drive{*options.steps, options.checkpoint_every.value_or(1000), options.keep.value_or(3),
                       options.script.disabled_passes, std::string(engine.kind.name)};
  write_drive(folder.path(), drive);
  if (!options.quiet) tell_settings(*script, context);
  return closing_words(
      train(compiled->program(), engine, folder, drive, std::nullopt, {options.quiet, options.threads}), folder.path(),
      options.quiet);
}

void warn_of_versions(const RunManifest& manifest, const EngineMaker& engine, Context& context) {
  const std::map<std::string, std::string> now = versions_of(engine);
  for (const auto& [name, version] : manifest.versions)
    if (const auto it = now.find(name); it != now.end() && it->second != version)
      context.diagnostics.warning(
          "E0713", {},
          "the run began with " + name + " " + version + "; this is " + it->second + ": the numbers may differ");
}

ExitCode resume(const RunOptions& options, const EngineMaker& engine, Context& context) {
  RunFolder folder = RunFolder::open(options.resume);
  const RunManifest& manifest = folder.manifest();
  RunDrive drive = read_drive(folder.path(), manifest);
  require_engine(drive, folder.path(), engine.kind);
  const RunStatus status = read_status(folder.path());
  if (options.steps && *options.steps < std::max(status.step, drive.steps))
    throw UsageError("E0005",
                     "the run has " + std::to_string(drive.steps) + " steps; it cannot be shortened to " +
                         std::to_string(*options.steps),
                     "leave --steps out to finish it as it was planned");
  drive.steps = options.steps.value_or(drive.steps);
  drive.checkpoint_every = options.checkpoint_every.value_or(drive.checkpoint_every);
  drive.keep = options.keep.value_or(drive.keep);
  if (status.finished && status.step >= drive.steps) {
    if (!options.quiet) std::cout << "this run is finished already: " << folder.path().string() << "\n";
    return kOk;
  }
  const std::optional<Script> script = script_of_run(folder.path(), manifest, context);
  if (!script) return context.report();
  const Settings settings = settings_of_run(manifest, context);
  std::optional<Compiled> compiled = compile(*script, settings, drive.disabled_passes, context, engine.kind.passes);
  if (!compiled) return context.report();
  warn_of_versions(manifest, engine, context);
  context.report();
  auto from = resumable_checkpoint(folder.path());
  write_drive(folder.path(), drive);
  folder.set_status(false, from ? from->step : 0);
  return closing_words(
      train(compiled->program(), engine, folder, drive, std::move(from), {options.quiet, options.threads}),
      folder.path(), options.quiet);
}

void require_usage(const RunOptions& options) {
  if (!options.resume.empty()) {
    if (!options.script.file.empty() || !options.script.robot.empty() || !options.script.settings.empty() ||
        !options.out.empty())
      throw UsageError("E0005", "`--resume` takes script, robot and settings from the run folder",
                       "give only --steps, --checkpoint-every, --keep, --threads or --quiet with it");
    return;
  }
  if (options.script.file.empty())
    throw UsageError("E0005", "`duet run` needs a script",
                     "for example `duet run my_script.duet --robot hopper --steps 5000`");
  if (options.script.robot.empty()) throw UsageError("E0005", "`duet run` needs a robot", "add `--robot NAME`");
  if (!options.steps)
    throw UsageError("E0005", "`duet run` needs the number of environment steps", "add `--steps 5000`");
}

}  // namespace

ExitCode run(const RunOptions& options, const EngineMaker& engine, Context& context) {
  require_usage(options);
  if (!options.resume.empty()) return resume(options, engine, context);
  return run_new(options, engine, context);
}

}  // namespace duet
