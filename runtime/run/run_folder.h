#pragma once

#include <cstdint>
#include <filesystem>

#include "runtime/run/run_manifest.h"

namespace duet {

/// The folder of one run:
///
///   manifest.json  sources/     what was run, as it was (run_manifest.h)
///   status.json                 whether it is finished, and at which step it was last saved
///   checkpoints/                (checkpoint_folder.h)
///   metrics.csv  run.log  events.out.tfevents.duet
///
/// While a RunFolder lives, no other process can open the same one for writing.
class RunFolder {
 public:
  /// Makes a new folder, whole or not at all. Errors: E0705 it exists already and is not empty, E0701 unwritable.
  static RunFolder create(const std::filesystem::path& path, RunManifest manifest);

  /// Opens one to go on with it. Errors: E0706 not a run folder or a broken one, E0711 another process is at it.
  static RunFolder open(const std::filesystem::path& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();

  const std::filesystem::path& path() const { return path_; }
  const RunManifest& manifest() const { return manifest_; }
  std::filesystem::path metrics_path() const { return path_ / "metrics.csv"; }
  std::filesystem::path log_path() const { return path_ / "run.log"; }

  /// Error E0707, listing what differs, if this run is not the one that `now` describes.
  void require_same_run(const RunManifest& now) const;

  /// Writes status.json. Error E0701.
  void set_status(bool finished, int64_t step) const;

 private:
  RunFolder(std::filesystem::path path, RunManifest manifest);
  void lock();

  std::filesystem::path path_;
  RunManifest manifest_;
  int lock_ = -1;
};

/// Whether `path` is a folder that holds a manifest, which may be broken.
bool is_run_folder(const std::filesystem::path& path);

struct RunStatus {
  bool finished = false;
  int64_t step = 0;
};

/// What status.json of a run folder says. Error E0706.
RunStatus read_status(const std::filesystem::path& run);

}  // namespace duet
