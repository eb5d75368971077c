#include "runtime/run/log_file.h"

#include <ctime>

namespace duet {

LogFile::LogFile(const std::filesystem::path& path) : file_(path) {}

void LogFile::line(const std::string& text) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ ", &parts);
  file_.append(stamp + text + "\n");
  file_.flush();  // rare lines, and the last ones before a crash matter most
}

void LogFile::started(const RunStarted& event) {
  std::string text = event.first_step > 0 ? "resumed " : "started ";
  text += event.name + " at step " + std::to_string(event.first_step);
  if (event.total_steps > 0) text += " of " + std::to_string(event.total_steps);
  line(text);
}

void LogFile::checkpoint_saved(const CheckpointSaved& event) {
  line("checkpoint " + event.path.filename().string() + " at step " + std::to_string(event.step));
}

void LogFile::warning(std::string_view text) {
  line("warning: " + std::string(text));
}

void LogFile::finished(const RunFinished& event) {
  line((event.complete ? "finished at step " : "interrupted at step ") + std::to_string(event.step));
  file_.sync();
}

}  // namespace duet
