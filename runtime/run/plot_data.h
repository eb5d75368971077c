#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duet {

struct PlotPoint {
  double x = 0;
  double y = 0;
};

/// One line of a picture: usually one metric of one run.
struct PlotSeries {
  std::string label;
  std::vector<PlotPoint> points;
};

/// What is drawn for all series of one label: their mean, and their least and largest value.
struct PlotCurve {
  struct Point {
    double x = 0;
    double mean = 0;
    double low = 0;
    double high = 0;
  };
  std::string label;
  int runs = 0;
  std::vector<Point> points;
  bool band = true;                             ///< several runs: from `low` to `high`
  std::vector<std::vector<PlotPoint>> singles;  ///< thin lines beside it, such as its runs
};

/// One metric of a run folder against its steps, labelled with the algorithm of the run (or the folder's name, where
/// the manifest gives none). Errors: E0706 not a run folder, E0708 no or broken metrics.csv, or no such metric in it.
PlotSeries read_metric(const std::filesystem::path& run, const std::string& metric = "evaluate/return");

/// Every metric of a file like metrics.csv, `step,name,value`, in the order of the file. Error E0708.
std::map<std::string, std::vector<PlotPoint>> read_metrics(const std::filesystem::path& csv);

/// One of them. Error E0708 if there are none of it, too.
std::vector<PlotPoint> read_points(const std::filesystem::path& csv, const std::string& metric);

/// Points in order of their steps, finite and one for each step, the later of two.
std::vector<PlotPoint> tidied(std::vector<PlotPoint> points);

/// The value at x of tidy points, with a straight line between neighbours; nullopt if they do not reach over it.
std::optional<double> value_at(const std::vector<PlotPoint>& points, double x);

/// The series of each label made one curve, in the order of their first appearance. Runs may have different steps: at
/// each step of any of them, those that reach over it count, with a straight line between their points. Points that are
/// not finite are left out; of two at one step the later one counts.
std::vector<PlotCurve> merge_runs(const std::vector<PlotSeries>& series);

}  // namespace duet
