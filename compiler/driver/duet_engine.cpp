// The part of `duet` that runs programs with the interpreter, and the prompt; `duet` starts it. It takes the same
// command line.

#include "compiler/driver/command_line.h"
#include "compiler/driver/engine_commands.h"
#include "compiler/driver/repl/repl.h"
#include "runtime/interp/interpreter.h"
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
  const duet::EngineMaker interpreter{duet::engine_kind("interp"),
                                      {{"libtorch", DUET_TORCH_VERSION}},
                                      [](const duet::Program& program, duet::EngineOptions options) {
                                        return std::make_unique<duet::Interpreter>(program, std::move(options));
                                      }};
  duet::EngineCommands commands = duet::commands_of(interpreter);
  commands.repl = repl;
  return duet::run_command_line(argc, argv, commands, facts);
}
