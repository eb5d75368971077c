#pragma once

#include <filesystem>
#include <optional>

#include "runtime/run/checkpoint_folder.h"

namespace duet {

/// The newest checkpoint from which a run can go on: one that was not written after its last step. A finished run that
/// is extended repeats what came after it, to the same numbers, and goes on. Nullopt: it was stopped before the first.
/// Error E0712 if all are from its end.
std::optional<LatestCheckpoint> resumable_checkpoint(const std::filesystem::path& run);

}  // namespace duet
