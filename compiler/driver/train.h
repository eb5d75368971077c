#pragma once

#include <optional>

#include "compiler/driver/context.h"
#include "compiler/driver/engine_kind.h"
#include "compiler/driver/run_options_file.h"
#include "runtime/program/program.h"
#include "runtime/run/checkpoint_folder.h"
#include "runtime/run/run_folder.h"

namespace duet {

/// What does not change the numbers of a run and is not kept with it.
struct TrainOptions {
  bool quiet = false;  // no progress bar
  int threads = 0;     // 0: one for each core
};

/// Runs a program in its run folder with an engine of its own, from `from` or from the beginning, until its steps are
/// done or a stop is asked for: observers are attached, checkpoints written at safe points and at the end. kInterrupted
/// if stopped. Throws what the engine throws; the last checkpoint stays as it was.
ExitCode train(const Program& program, const EngineMaker& maker, RunFolder& folder, const RunDrive& drive,
               std::optional<LatestCheckpoint> from, const TrainOptions& how);

}  // namespace duet
