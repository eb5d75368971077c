// The part of `duet` that runs compiled programs, without LibTorch and BLAS; `duet` starts it. It takes the same
// command line.

#include "compiler/driver/engine_commands.h"
#include "compiler/driver/plan_commands.h"
#include "runtime/plan/plan.h"
#include "runtime/sim/model.h"

int main(int argc, char** argv) {
  const auto facts = [](const std::string& mjcf) { return duet::Model::load(mjcf)->facts(); };
  const duet::EngineMaker plan{duet::engine_kind("plan"),
                               {{"onednn", DUET_ONEDNN_VERSION}},
                               [](const duet::Program& program, duet::EngineOptions options) {
                                 return std::make_unique<duet::Plan>(program, std::move(options));
                               }};
  duet::EngineCommands commands = duet::commands_of(plan);
  commands.explain_plan = duet::explain_plan;
  commands.profile = duet::profile;
  return duet::run_command_line(argc, argv, commands, facts);
}
