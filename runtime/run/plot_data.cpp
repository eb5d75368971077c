#include "runtime/run/plot_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/run/run_manifest.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

struct MetricLine {
  double step = 0;
  std::string name;
  double value = 0;
};

template <typename Number>
bool parse(std::string_view text, Number& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// `"a, ""b"""` -> `a, "b"`.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string name;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == '"') ++i;
  }
  return name;
}

/// step,name,value: the first and the last comma part them, whatever the name holds.
std::optional<MetricLine> parse_line(std::string_view line) {
  const size_t first = line.find(','), last = line.rfind(',');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  MetricLine result;
  if (!parse(line.substr(0, first), result.step) || !parse(line.substr(last + 1), result.value)) return std::nullopt;
  result.name = unquoted(line.substr(first + 1, last - first - 1));
  return result;
}

}  // namespace

std::vector<PlotPoint> tidied(std::vector<PlotPoint> points) {
  std::erase_if(points, [](const PlotPoint& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
  std::stable_sort(points.begin(), points.end(), [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  std::vector<PlotPoint> result;
  for (const PlotPoint& point : points) {
    if (!result.empty() && result.back().x == point.x) {
      result.back() = point;
    } else {
      result.push_back(point);
    }
  }
  return result;
}

std::optional<double> value_at(const std::vector<PlotPoint>& points, double x) {
  const auto right =
      std::lower_bound(points.begin(), points.end(), x, [](const PlotPoint& p, double key) { return p.x < key; });
  if (right == points.end()) return std::nullopt;
  if (right->x == x) return right->y;
  if (right == points.begin()) return std::nullopt;
  const PlotPoint& left = *(right - 1);
  return left.y + (right->y - left.y) * ((x - left.x) / (right->x - left.x));
}

namespace {

PlotCurve merged(const std::string& label, const std::vector<std::vector<PlotPoint>>& runs) {
  PlotCurve curve{label, static_cast<int>(runs.size()), {}, true, {}};
  std::set<double> steps;
  for (const auto& run : runs) {
    for (const PlotPoint& point : run) steps.insert(point.x);
  }
  for (const double x : steps) {
    PlotCurve::Point point{x, 0, INFINITY, -INFINITY};
    int count = 0;
    for (const auto& run : runs) {
      const auto y = value_at(run, x);
      if (!y) continue;
      ++count;
      point.mean += *y;
      point.low = std::min(point.low, *y);
      point.high = std::max(point.high, *y);
    }
    point.mean /= count;
    curve.points.push_back(point);
  }
  return curve;
}

}  // namespace

std::map<std::string, std::vector<PlotPoint>> read_metrics(const fs::path& csv) {
  std::ifstream in(csv);
  if (!in) throw Error("E0708", csv.string() + " cannot be read");
  std::map<std::string, std::vector<PlotPoint>> metrics;
  std::string line;
  std::getline(in, line);  // the heading
  for (int number = 2; std::getline(in, line); ++number) {
    const auto parsed = parse_line(line);
    // The last line of a run that is still going on may be half written.
    if (!parsed && in.eof()) break;
    if (!parsed)
      throw Error("E0708", csv.string() + ":" + std::to_string(number) + " is not `step,name,value`: " + line);
    metrics[parsed->name].push_back({parsed->step, parsed->value});
  }
  return metrics;
}

std::vector<PlotPoint> read_points(const fs::path& csv, const std::string& metric) {
  auto metrics = read_metrics(csv);
  if (const auto found = metrics.find(metric); found != metrics.end()) return std::move(found->second);
  std::string list;
  for (const auto& [name, points] : metrics) list += (list.empty() ? "" : ", ") + name;
  throw Error("E0708", csv.string() + " has no metric " + metric,
              list.empty() ? "it has no metrics at all" : "it has " + list + ": choose one by --metric");
}

PlotSeries read_metric(const fs::path& run, const std::string& metric) {
  const RunManifest manifest = read_manifest(run);
  const fs::path path = run / "metrics.csv";
  if (!fs::exists(path))
    throw Error("E0708", "the run " + run.string() + " has no metrics.csv", "it may have been stopped at its start");
  return {manifest.algorithm.empty() ? run.filename().string() : manifest.algorithm, read_points(path, metric)};
}

std::vector<PlotCurve> merge_runs(const std::vector<PlotSeries>& series) {
  std::vector<std::string> labels;
  for (const PlotSeries& one : series) {
    if (std::find(labels.begin(), labels.end(), one.label) == labels.end()) labels.push_back(one.label);
  }
  std::vector<PlotCurve> curves;
  for (const std::string& label : labels) {
    std::vector<std::vector<PlotPoint>> runs;
    for (const PlotSeries& one : series) {
      if (one.label == label) runs.push_back(tidied(one.points));
    }
    curves.push_back(merged(label, runs));
  }
  return curves;
}

}  // namespace duet
