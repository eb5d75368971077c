#pragma once

#include <filesystem>

#include "runtime/run/append_file.h"
#include "runtime/run/event.h"

namespace duet {

/// metrics.csv: one line `step,name,value` per metric, under a header line. Values are written so that reading them
/// gives the same double (17 digits; nan, inf, -inf). Names are quoted where a comma or a quote demands it.
class CsvMetrics : public Observer {
 public:
  /// Appends to what is there. Error E0701.
  explicit CsvMetrics(const std::filesystem::path& path);

  void metric(const MetricEvent& event) override;
  void finished(const RunFinished& event) override;
  void save(CheckpointWriter& writer) override;
  /// Cuts the file back to the checkpoint. Error E0710 if it is shorter.
  void restore(const CheckpointReader& reader) override;

 private:
  AppendFile file_;
};

}  // namespace duet
