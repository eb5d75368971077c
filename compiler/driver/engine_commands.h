#pragma once

#include "compiler/driver/command_line.h"
#include "compiler/driver/context.h"
#include "compiler/driver/engine_kind.h"
#include "compiler/driver/options.h"

/// The commands that run programs, with whichever engine they are given.
namespace duet {

/// duet run: a new run, or the rest of an interrupted one.
ExitCode run(const RunOptions& options, const EngineMaker& engine, Context& context);

/// duet eval: whole episodes with what a run has learned.
ExitCode evaluate(const EvaluateOptions& options, const EngineMaker& engine, Context& context);

/// duet render RUN: one episode of what a run has learned.
ExitCode render_run(const PictureOptions& options, const EngineMaker& engine, Context& context);

/// All of them with this engine, which must outlive them.
EngineCommands commands_of(const EngineMaker& engine);

}  // namespace duet
