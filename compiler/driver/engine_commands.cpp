#include "compiler/driver/engine_commands.h"

namespace duet {

EngineCommands commands_of(const EngineMaker& engine) {
  EngineCommands commands;
  commands.run = [&](const RunOptions& options, Context& context) { return run(options, engine, context); };
  commands.evaluate = [&](const EvaluateOptions& options, Context& context) {
    return evaluate(options, engine, context);
  };
  commands.render = [&](const PictureOptions& options, Context& context) {
    return render_run(options, engine, context);
  };
  return commands;
}

}  // namespace duet
