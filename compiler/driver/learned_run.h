#pragma once

#include <memory>
#include <string>

#include "compiler/driver/script.h"
#include "runtime/interp/interpreter.h"
#include "runtime/run/run_manifest.h"

namespace duet {

/// What a run has learned, ready to act.
struct LearnedRun {
  RunManifest manifest;
  Script script;
  Compiled compiled;
  const Node* evaluate = nullptr;  // says what acts: the first `evaluate` of the program
  int64_t step = 0;                // environment steps that it has learned from
  std::unique_ptr<Interpreter> engine;
};

/// The run in a folder, at its latest checkpoint, with `threads` for its simulators (0: one for each core); a
/// checkpoint that is damaged is warned of at once. Null after errors in the diagnostics. Throws Error E0714 if nothing
/// of the algorithm is evaluated, E07xx if the folder or the checkpoint cannot be used.
std::unique_ptr<LearnedRun> load_learned_run(const std::string& folder, int threads, Context& context);

}  // namespace duet
