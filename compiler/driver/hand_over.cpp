#include "compiler/driver/hand_over.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "runtime/core/error.h"

namespace duet {

namespace {

ExitCode start_engine(char** argv, const Context& context) {
  // The libraries read these when they are loaded, so they must be there before. Threads that wait by spinning make
  // everything on the machine slow, and the engine is written for one thread per operation.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::setenv("OMP_NUM_THREADS", "1", 0);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
  const std::string engine = (context.places.programs / "duet-engine").string();
  ::execv(engine.c_str(), argv);
  throw Error("E0010", "cannot start " + engine + ": " + std::strerror(errno),
              "it is built together with duet and must lie in the same folder");
}

}  // namespace

EngineCommands hand_over(char** argv) {
  const auto start = [argv](const auto&, Context& context) { return start_engine(argv, context); };
  return {start, start, start};
}

}  // namespace duet
