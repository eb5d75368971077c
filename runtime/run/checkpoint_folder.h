#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/run/checkpoint.h"

namespace duet {

/// Writes run/checkpoints/step-000001000.ckpt atomically, and only then removes the older ones beyond the newest
/// `keep_last` (at least 1) up to this step; newer ones stay. Returns the path. Error E0701.
std::filesystem::path save_checkpoint(const std::filesystem::path& run, int64_t step, const CheckpointWriter& writer,
                                      int keep_last);

struct LatestCheckpoint {
  int64_t step = 0;
  std::filesystem::path path;
  CheckpointReader reader;            ///< verified
  std::vector<std::string> warnings;  ///< a line for each newer one that was broken and passed over
};

/// The newest whole checkpoint of a run folder. Error E0702 if there is none, telling what is wrong with those there
/// are.
LatestCheckpoint latest_checkpoint(const std::filesystem::path& run);

/// The steps that have a checkpoint, ascending, whole or not.
std::vector<int64_t> checkpoint_steps(const std::filesystem::path& run);

}  // namespace duet
