#pragma once

#include <filesystem>
#include <vector>

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

}  // namespace duet
