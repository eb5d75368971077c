#pragma once

#include <memory>
#include <string>

#include "compiler/driver/engine_kind.h"
#include "compiler/driver/rebuild.h"

namespace duet {

/// What a run has learned, ready to act.
struct LearnedRun : RebuiltRun {
  const Node* evaluate = nullptr;  // says what acts: the first `evaluate` of the program
  int64_t step = 0;                // environment steps that it has learned from
  std::unique_ptr<Executor> engine;
};

/// The run in a folder, at its latest checkpoint, in an engine that need not be the one it ran with, with `threads` for
/// its simulators (0: one for each core); a checkpoint that is damaged is warned of at once. Null after errors in the
/// diagnostics. Throws Error E0714 if nothing of the algorithm is evaluated, E07xx if the folder or the checkpoint
/// cannot be used.
std::unique_ptr<LearnedRun> load_learned_run(const std::string& folder, const EngineMaker& engine, int threads,
                                             Context& context);

}  // namespace duet
