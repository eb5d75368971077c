#include "runtime/run/progress_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace duet {

void ProgressFile::started(const RunStarted& event) {
  now_ = {event.first_step, event.total_steps, std::nullopt};
  write();
}

void ProgressFile::metric(const MetricEvent& event) {
  if (event.name == "evaluate/return") now_.metric = event.value;
}

void ProgressFile::progress(const ProgressEvent& event) {
  now_.step = event.step;
  if (std::chrono::steady_clock::now() - written_ >= std::chrono::seconds(1)) write();
}

void ProgressFile::finished(const RunFinished& event) {
  now_.step = event.step;
  write();
}

void ProgressFile::write() {
  written_ = std::chrono::steady_clock::now();
  nlohmann::ordered_json json = {{"step", now_.step}, {"total", now_.total}};
  if (now_.metric) json["return"] = *now_.metric;
  const std::filesystem::path part = path_.string() + ".part";
  std::ofstream(part) << json.dump() << "\n";
  std::error_code ignored;  // a run does not fail because nobody can see how far it is
  std::filesystem::rename(part, path_, ignored);
}

std::optional<RunProgress> read_progress(const std::filesystem::path& run) {
  std::ifstream in(run / "progress.json");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  RunProgress progress{json.value("step", int64_t{0}), json.value("total", int64_t{0}), std::nullopt};
  if (const auto it = json.find("return"); it != json.end() && it->is_number()) progress.metric = it->get<double>();
  return progress;
}

}  // namespace duet
