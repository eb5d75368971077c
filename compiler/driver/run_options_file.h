#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/run/run_manifest.h"

namespace duet {

/// How a run is driven: options.json in the run folder. Unlike the manifest it may change when a run is resumed, all
/// but the engine, and changes none of the numbers (engines differ in rounding).
struct RunDrive {
  int64_t steps = 0;  ///< environment steps of the whole run
  int64_t checkpoint_every = 1000;
  int keep = 3;
  std::vector<std::string> disabled_passes;
  std::string engine;  ///< by name (engine_kind.h)
};

/// Writes options.json, atomically. Error E0701.
void write_drive(const std::filesystem::path& run, const RunDrive& drive);

/// Reads it back. A run that was killed between making its folder and writing this file has no checkpoint yet: its
/// steps are those of its command. Runs from before there was a choice of engines are the interpreter's. Error E0706.
RunDrive read_drive(const std::filesystem::path& run, const RunManifest& manifest);

}  // namespace duet
