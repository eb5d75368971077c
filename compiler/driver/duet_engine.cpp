// The part of `duet` that runs programs; `duet` starts it. It takes the same command line.

#include "compiler/driver/command_line.h"
#include "compiler/driver/engine_commands.h"
#include "compiler/driver/repl/repl.h"
#include "runtime/sim/model.h"

namespace {

duet::ExitCode repl(const duet::ReplCommandOptions& command, duet::Context& context) {
  duet::ReplOptions options;
  options.paths = context.places.search;
  options.file = command.file;
  options.robot = command.robot;
  options.seed = command.seed;
  options.colours = context.style.colours;
  return duet::run_repl(options) == 0 ? duet::kOk : duet::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  const auto facts = [](const std::string& mjcf) { return duet::Model::load(mjcf)->facts(); };
  duet::EngineCommands commands;
  commands.run = duet::run;
  commands.evaluate = duet::evaluate;
  commands.repl = repl;
  commands.render = duet::render_run;
  return duet::run_command_line(argc, argv, commands, facts);
}
