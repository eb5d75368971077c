#pragma once

#include <filesystem>
#include <string>

#include "runtime/run/append_file.h"
#include "runtime/run/event.h"

namespace duet {

/// An event file of TensorBoard: each metric is a scalar summary. The file is a sequence of TFRecords: u64 length,
/// u32 masked CRC-32C of the length, the bytes of an Event message (tfevent.proto), u32 masked CRC-32C of these.
class TensorBoard : public Observer {
 public:
  /// Writes folder/events.out.tfevents.duet, appending to what is there. Error E0701.
  explicit TensorBoard(const std::filesystem::path& folder);

  void metric(const MetricEvent& event) override;
  void finished(const RunFinished& event) override;
  void save(CheckpointWriter& writer) override;
  /// Cuts the file back to the checkpoint. Error E0710 if it is shorter.
  void restore(const CheckpointReader& reader) override;

 private:
  void append_record(const std::string& message);

  AppendFile file_;
};

}  // namespace duet
