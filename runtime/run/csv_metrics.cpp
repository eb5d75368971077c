#include "runtime/run/csv_metrics.h"

#include <cstdio>
#include <string>

#include "runtime/run/checkpoint.h"

namespace duet {
namespace {

constexpr const char* kPosition = "observer/csv/size";

std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

}  // namespace

CsvMetrics::CsvMetrics(const std::filesystem::path& path) : file_(path) {
  if (file_.size() == 0) file_.append("step,name,value\n");
}

void CsvMetrics::metric(const MetricEvent& event) {
  char value[40];
  std::snprintf(value, sizeof value, "%.17g", event.value);
  file_.append(std::to_string(event.step) + "," + quoted(event.name) + "," + value + "\n");
}

void CsvMetrics::finished(const RunFinished&) {
  file_.sync();
}

void CsvMetrics::save(CheckpointWriter& writer) {
  writer.add_value<int64_t>(kPosition, file_.sync());
}

void CsvMetrics::restore(const CheckpointReader& reader) {
  if (reader.has(kPosition)) file_.truncate_to(reader.value<int64_t>(kPosition));
}

}  // namespace duet
