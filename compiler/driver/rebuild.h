#pragma once

#include <filesystem>
#include <vector>

#include "compiler/driver/run_options_file.h"
#include "compiler/driver/script.h"
#include "runtime/run/run_manifest.h"

namespace duet {

/// The texts a script was made from, library files first, then the model of its robot: what a manifest keeps.
std::vector<RunSource> sources_of(const Script& script, const Context& context);

/// The script of a run as it was when the run began, from the texts in its manifest. The model is read where it was if
/// it is still the same there, else from the copy in the run folder. Nullopt after errors.
std::optional<Script> script_of_run(const std::filesystem::path& run, const RunManifest& manifest, Context& context);

/// The settings of a run, parsed.
Settings settings_of_run(const RunManifest& manifest, Context& context);

/// A run with its program, compiled again.
struct RebuiltRun {
  RunManifest manifest;
  RunDrive drive;
  Script script;
  Compiled compiled;
};

/// What is in a run folder, compiled by the passes of the run's own engine: those whose program its checkpoints speak
/// of. Nullopt after errors in the diagnostics. Throws Error E0706 if the folder cannot be used.
std::optional<RebuiltRun> rebuild_run(const std::filesystem::path& folder, Context& context);

}  // namespace duet
