#include "compiler/driver/hand_over.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "compiler/driver/engine_choice.h"
#include "runtime/core/error.h"
#include "runtime/run/run_folder.h"

namespace duet {

namespace {

[[noreturn]] void start(std::string_view name, char** argv, const Context& context) {
  // The libraries read these when they are loaded, so they must be there before. Threads that wait by spinning make
  // everything on the machine slow, and the engine is written for one thread per operation.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::setenv("OMP_NUM_THREADS", "1", 0);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
  const std::string program = (context.places.programs / name).string();
  ::execv(program.c_str(), argv);
  throw Error("E0010", "cannot start " + program + ": " + std::strerror(errno),
              "it is built together with duet and must lie in the same folder");
}

/// Robots are named, or given as scripts; any other path must be that of a run.
bool is_run(const std::string& what) {
  return is_run_folder(what) || (what.find('/') != std::string::npos && !what.ends_with(".duet"));
}

}  // namespace

ExitCode draw_robot(const RobotOptions& options, const Context& context) {
  std::vector<std::string> words = {"duet", "render", options.robot, "-o", options.picture, "--frames", "1"};
  for (const std::string& setting : options.settings) words.insert(words.end(), {"--set", setting});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  start("duet-sim", argv.data(), context);
}

EngineCommands hand_over(char** argv) {
  const auto chosen = [argv](const auto& options, Context& context) -> ExitCode {
    start(engine_of(options).program, argv, context);
  };
  const auto always = [argv](const char* program) {
    return [=](const auto&, Context& context) -> ExitCode { start(program, argv, context); };
  };
  EngineCommands commands;
  commands.run = chosen;
  commands.evaluate = chosen;
  commands.explain_plan = always("duet-plan");
  commands.profile = always("duet-plan");
  commands.repl = always("duet-engine");
  commands.render = [=](const PictureOptions& options, Context& context) -> ExitCode {
    start(is_run(options.what) ? engine_of(options).program : "duet-sim", argv, context);
  };
  commands.verify = always("duet-sim");
  return commands;
}

}  // namespace duet
