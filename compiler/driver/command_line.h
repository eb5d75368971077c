#pragma once

#include <functional>

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

namespace duet {

/// The commands that need an engine or MuJoCo. The `duet` program hands these over to `duet-plan`, `duet-engine` or
/// `duet-sim`; each of them has those that it runs, and leaves the others empty.
struct EngineCommands {
  std::function<ExitCode(const RunOptions&, Context&)> run;
  std::function<ExitCode(const EvaluateOptions&, Context&)> evaluate;
  std::function<ExitCode(const ExplainOptions&, Context&)> explain_plan;  // explain --stage plan
  std::function<ExitCode(const ProfileOptions&, Context&)> profile;
  std::function<ExitCode(const ReplCommandOptions&, Context&)> repl;
  std::function<ExitCode(const PictureOptions&, Context&)> render;
  std::function<ExitCode(const VerifyCommandOptions&, Context&)> verify;
};

/// Reads the command line, runs the command it names, and prints what went wrong. Returns the exit code: 0 fine,
/// 1 errors in scripts or while running, 2 wrong usage, 130 interrupted.
int run_command_line(int argc, char** argv, const EngineCommands& engine, const FactsSource& facts);

}  // namespace duet
