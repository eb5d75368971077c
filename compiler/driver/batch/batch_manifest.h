#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "compiler/driver/experiment.h"

namespace duet {

/// One run of a batch.
struct BatchRun {
  std::string folder;  // below the batch's
  std::string label;   // what it has in common with its other seeds: "mine on hopper, batch = 64"
  std::string algorithm, robot;
  uint64_t seed = 0;
  int64_t steps = 0;
  std::map<std::string, std::string> settings;  // of the experiment, as written
};

/// batch.json in the folder of a batch: what it runs.
struct BatchManifest {
  std::string experiment;
  std::string script;  // the path as it was given
  std::string engine;  // empty: the usual one
  SourceHashes sources;
  std::vector<BatchRun> runs;
};

/// The runs of an experiment: all cells with the first seed, then with the next, so that a batch that is stopped has
/// something of everything.
BatchManifest manifest_of(const ExperimentPlan& plan, const std::string& script, const std::string& engine,
                          SourceHashes sources);

/// Writes batch.json. Error E0701.
void write_batch(const std::filesystem::path& folder, const BatchManifest& manifest);

/// Reads it back. Error E0706 if it is missing or broken.
BatchManifest read_batch(const std::filesystem::path& folder);

bool is_batch_folder(const std::filesystem::path& folder);

/// Why a batch cannot go on as `now` where it was begun as `then`, one line each: scripts that have changed, another
/// engine, runs with other settings or fewer steps. More runs and more steps are no reason.
std::vector<std::string> differences(const BatchManifest& then, const BatchManifest& now);

}  // namespace duet
