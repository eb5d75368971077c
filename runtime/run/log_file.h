#pragma once

#include <filesystem>
#include <string>

#include "runtime/run/append_file.h"
#include "runtime/run/event.h"

namespace duet {

/// run.log: the history of a run in lines with the time of day (UTC): started, resumed, checkpoints, warnings, the end.
/// Metrics are not in it. A resume goes on at its end and drops nothing.
class LogFile : public Observer {
 public:
  /// Error E0701.
  explicit LogFile(const std::filesystem::path& path);

  void started(const RunStarted& event) override;
  void checkpoint_saved(const CheckpointSaved& event) override;
  void warning(std::string_view text) override;
  void finished(const RunFinished& event) override;

 private:
  void line(const std::string& text);

  AppendFile file_;
};

}  // namespace duet
