#pragma once

#include <functional>

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

namespace duet {

/// The commands that need the engine. The `duet` program hands these over to `duet-engine`, which runs them.
struct EngineCommands {
  std::function<ExitCode(const RunOptions&, Context&)> run;
  std::function<ExitCode(const EvaluateOptions&, Context&)> evaluate;
  std::function<ExitCode(const ReplCommandOptions&, Context&)> repl;
};

/// Reads the command line, runs the command it names, and prints what went wrong. Returns the exit code: 0 fine,
/// 1 errors in scripts or while running, 2 wrong usage, 130 interrupted.
int run_command_line(int argc, char** argv, const EngineCommands& engine, const FactsSource& facts);

}  // namespace duet
