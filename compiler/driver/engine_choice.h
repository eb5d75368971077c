#pragma once

#include <filesystem>

#include "compiler/driver/engine_kind.h"
#include "compiler/driver/options.h"

/// Which engine a command is for: the one that was named, else that of the run it works on, else the usual one. A
/// folder that is no run is left to the command, which reports it. UsageError E0011 for a name that is none.
namespace duet {

const EngineKind& engine_of(const RunOptions& options);
const EngineKind& engine_of(const EvaluateOptions& options);
/// Of `duet render RUN`.
const EngineKind& engine_of(const PictureOptions& options);

}  // namespace duet
