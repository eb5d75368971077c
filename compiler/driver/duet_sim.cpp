// The part of `duet` that simulates robots without learning anything: it loads MuJoCo, but not LibTorch. `duet` starts
// it; it takes the same command line.

#include "compiler/driver/command_line.h"
#include "compiler/driver/sim_commands.h"
#include "runtime/sim/model.h"

int main(int argc, char** argv) {
  const auto facts = [](const std::string& mjcf) { return duet::Model::load(mjcf)->facts(); };
  duet::EngineCommands commands;
  commands.render = duet::render_robot;
  commands.verify = duet::verify_robot;
  return duet::run_command_line(argc, argv, commands, facts);
}
