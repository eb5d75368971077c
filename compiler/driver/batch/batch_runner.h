#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "compiler/driver/batch/batch_display.h"
#include "compiler/driver/batch/batch_manifest.h"

namespace duet {

/// How a batch is run.
struct BatchDrive {
  std::filesystem::path folder;   // of the batch
  std::filesystem::path program;  // duet
  std::vector<int> cores;         // runs are pinned to these; empty: they are not pinned
  int jobs = 1;                   // runs at a time
  int threads_per_run = 1;
};

/// A run that did not end well.
struct FailedRun {
  std::string folder;
  int code = 0;  // of its process
  std::filesystem::path log;
  std::string last_words;  // of the log: its last error, or its last line
};

struct BatchResult {
  size_t finished = 0;         // all that are, at the end
  size_t finished_before = 0;  // those of them that were at the start
  std::vector<FailedRun> failed;
  bool stopped = false;  // `stop` was set before everything was done
};

/// Runs what is not finished, each run by `duet run` in a process of its own, some at a time; unfinished runs go on
/// from where they were. A run that another process works on is waited for and, if that leaves it unfinished, done
/// here. A run that fails is not tried again and does not stop the others. When `stop` is set, the runs are asked to
/// stop, write their checkpoints, and are waited for. Errors: E0701, E0010.
BatchResult run_batch(const BatchManifest& manifest, const BatchDrive& drive, const std::atomic<bool>& stop,
                      BatchDisplay& display);

/// True if the run in `folder` is done: all of its steps.
bool is_finished(const std::filesystem::path& folder, int64_t steps);

}  // namespace duet
