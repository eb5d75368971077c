#include "compiler/driver/script.h"
#include "compiler/driver/sim_commands.h"
#include "runtime/sim/environment.h"

namespace duet {

ExitCode render_robot(const RenderOptions& options, Context& context) {
  const std::optional<Script> script = load_robot(options.what, context);
  if (!script) return context.report();
  std::optional<Compiled> compiled = compile(*script, {}, {}, context);
  if (!compiled) return context.report();
  Environment robot(Model::load(script->robot.mjcf), compiled->program(), 1, 0);
  robot.reset();
  return context.report();
}

}  // namespace duet
