#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "runtime/run/event.h"

namespace duet {

/// How far a run is, for other processes.
struct RunProgress {
  int64_t step = 0;
  int64_t total = 0;
  std::optional<double> metric;  ///< the last mean return of an evaluation
};

/// Keeps progress.json in the run's folder up to date, about once a second. It is replaced as a whole, but not flushed
/// to the disk: it is of no use after a crash.
class ProgressFile : public Observer {
 public:
  explicit ProgressFile(std::filesystem::path run) : path_(run / "progress.json") {}

  void started(const RunStarted& event) override;
  void metric(const MetricEvent& event) override;
  void progress(const ProgressEvent& event) override;
  void finished(const RunFinished& event) override;

 private:
  void write();

  std::filesystem::path path_;
  RunProgress now_;
  std::chrono::steady_clock::time_point written_;
};

/// Reads it. Nullopt if there is none that can be read: the run has not begun yet.
std::optional<RunProgress> read_progress(const std::filesystem::path& run);

}  // namespace duet
