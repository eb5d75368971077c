#include <charconv>
#include <cstdio>
#include <fstream>

#include "runtime/core/error.h"
#include "runtime/run/comparison.h"

namespace duet {

namespace {

constexpr const char* kHeading = "kind,label,task,seed,step,value,low,high";

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

/// The fields of a line; quotes hold commas together.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool inside = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && inside && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (line[i] == '"')
      inside = !inside;
    else if (line[i] == ',' && !inside)
      fields.emplace_back();
    else
      fields.back() += line[i];
  }
  return fields;
}

class Table {
 public:
  void row(const std::string& kind, const std::string& label, const std::string& task, const std::string& seed,
           double step, double value) {
    begin(kind, label, task, seed, step);
    text_ += digits(value) + ",,\n";
  }
  void row(const std::string& kind, const std::string& label, const std::string& task, const std::string& seed,
           double step, const Estimate& estimate) {
    begin(kind, label, task, seed, step);
    text_ += digits(estimate.value) + ",";
    if (estimate.interval) text_ += digits(estimate.interval->low) + "," + digits(estimate.interval->high);
    text_ += estimate.interval ? "\n" : ",\n";
  }
  std::string take() { return std::move(text_); }

 private:
  void begin(const std::string& kind, const std::string& label, const std::string& task, const std::string& seed,
             double step) {
    text_ += kind + "," + quoted(label) + "," + quoted(task) + "," + quoted(seed) + "," + digits(step) + ",";
  }
  std::string text_ = std::string(kHeading) + "\n";
};

double number(const std::string& text, const std::filesystem::path& path) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size())
    throw Error("E0708", path.string() + " is broken: `" + text + "` is no number");
  return value;
}

}  // namespace

std::string comparison_csv(const Comparison& comparison) {
  Table table;
  for (const ComparedGroup& group : comparison.groups) {
    for (const RunCurve& run : group.runs)
      for (const PlotPoint& point : run.points) table.row("curve", group.label, group.task, run.seed, point.x, point.y);
    for (const auto& point : group.curve) table.row("mean", group.label, group.task, "", point.step, point.value);
    table.row("score", group.label, group.task, "", comparison.step, group.score);
    for (size_t i = 0; i < group.steps_to.size(); ++i)
      table.row("steps", group.label, group.task, group.runs[i].seed, comparison.step, group.steps_to[i]);
    if (group.steps_to_mean) table.row("steps", group.label, group.task, "", comparison.step, *group.steps_to_mean);
  }
  for (const OverallScore& one : comparison.overall)
    table.row("overall", one.label, "", "", comparison.step, one.score);
  for (const ComparedPair& pair : comparison.pairs)
    table.row("improvement", pair.a, "", pair.b, comparison.step, pair.probability);
  return table.take();
}

bool is_comparison_csv(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string heading;
  return std::getline(in, heading) && heading == kHeading;
}

std::vector<RunCurve> read_comparison_csv(const std::filesystem::path& path) {
  if (!is_comparison_csv(path)) throw Error("E0708", path.string() + " is no table of `duet compare --csv`");
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::vector<RunCurve> runs;
  while (std::getline(in, line)) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 8) throw Error("E0708", path.string() + " is broken: " + line);
    if (fields[0] != "curve") continue;
    const bool goes_on = !runs.empty() && runs.back().label == fields[1] && runs.back().task == fields[2] &&
                         runs.back().seed == fields[3];
    if (!goes_on) runs.push_back({fields[1], fields[2], fields[3], {}});
    runs.back().points.push_back({number(fields[4], path), number(fields[5], path)});
  }
  return runs;
}

}  // namespace duet
