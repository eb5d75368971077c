#include <iostream>

#include "compiler/driver/engine_commands.h"
#include "compiler/driver/film.h"
#include "compiler/driver/learned_run.h"
#include "compiler/driver/usage.h"

namespace duet {

ExitCode render_run(const PictureOptions& options, const EngineMaker& engine, Context& context) {
  if (options.policy)
    throw UsageError("E0005", "`duet render`: --policy is for robots; a run acts as it has learned to",
                     "leave it out, or name the run's robot instead of the run");
  if (!options.settings.empty())
    throw UsageError("E0005", "`duet render`: --set is for robots; a run keeps the settings it was made with",
                     "leave it out, or name the run's robot instead of the run");
  const std::unique_ptr<LearnedRun> run = load_learned_run(options.what, engine, 1, context);
  if (!run) return context.report();
  const Program& program = run->compiled.program();
  const std::unique_ptr<Film> film = Film::make(options, program.robot);
  run->engine->watch_policy(*run->evaluate, options.seed,
                            [&](const Environment& robot, bool ended) { return film->show(robot, ended); });
  std::cout << options.out << "\n";
  return context.report();
}

}  // namespace duet
