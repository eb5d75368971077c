#pragma once

#include <filesystem>

#include "compiler/driver/batch/batch_runner.h"
#include "compiler/driver/options.h"

namespace duet {

/// Checks the cells of an experiment and runs what of it is not finished in `folder`, with a last word about what
/// failed. kInterrupted if it was stopped, kFailed if a run failed. Errors: E0707 the folder is of another batch,
/// E0701, E0010.
ExitCode run_plan(const ExperimentPlan& plan, const BatchOptions& options, const std::filesystem::path& folder,
                  Context& context);

}  // namespace duet
