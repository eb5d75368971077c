#pragma once

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

/// The commands that run programs.
namespace duet {

/// duet run: a new run, the rest of an interrupted one, or all runs of an experiment.
ExitCode run(const RunOptions& options, Context& context);

/// duet eval: whole episodes with what a run has learned.
ExitCode evaluate(const EvaluateOptions& options, Context& context);

/// duet render RUN: one episode of what a run has learned.
ExitCode render_run(const PictureOptions& options, Context& context);

}  // namespace duet
