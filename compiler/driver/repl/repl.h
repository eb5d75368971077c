#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "compiler/sema/library.h"

namespace duet {

struct ReplOptions {
  SearchPaths paths;
  std::string file;   // a script to load first; empty: none
  std::string robot;  // chosen first; empty: none
  uint64_t seed = 1;  // of all draws of the session
  bool colours = false;
  bool echo = false;               // plain input: write prompts and what was read, as a terminal would show it
  std::istream* input = nullptr;   // null: standard input, with line editing where it is a terminal
  std::ostream* output = nullptr;  // null: standard output
};

/// `duet repl`: reads entries until the end of the input or `:quit`. An error or Ctrl-C leads back to the prompt.
/// Returns the exit status: 0, or 1 if the script or robot to begin with could not be loaded and nobody sits at a
/// terminal.
int run_repl(const ReplOptions& options);

}  // namespace duet
