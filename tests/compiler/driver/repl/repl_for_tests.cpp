// The prompt alone, for tests that need a process: repl_for_tests ALGORITHMS ROBOTS [FILE]

#include "compiler/driver/repl/repl.h"

int main(int count, char** arguments) {
  duet::ReplOptions options;
  if (count > 1) options.paths.algorithms = arguments[1];
  if (count > 2) options.paths.robots = arguments[2];
  if (count > 3) options.file = arguments[3];
  return duet::run_repl(options);
}
