#include "compiler/driver/resumable_checkpoint.h"

#include <cstdio>

#include "runtime/core/error.h"

namespace duet {

namespace fs = std::filesystem;

std::optional<LatestCheckpoint> resumable_checkpoint(const fs::path& run) {
  const std::vector<int64_t> steps = checkpoint_steps(run);
  if (steps.empty()) return std::nullopt;  // killed before the first: from the beginning
  LatestCheckpoint latest = latest_checkpoint(run);
  if (!latest.reader.value<bool>("run.finished")) return latest;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    char name[64];
    std::snprintf(name, sizeof name, "step-%09lld.ckpt", static_cast<long long>(*step));
    LatestCheckpoint earlier{*step, run / "checkpoints" / name, CheckpointReader(run / "checkpoints" / name), {}};
    if (earlier.reader.value<bool>("run.finished")) continue;
    earlier.reader.verify();
    return earlier;
  }
  throw Error("E0712", run.string() + " has no checkpoint from before its end, so it cannot be extended",
              "start a new run with more --steps");
}

}  // namespace duet
