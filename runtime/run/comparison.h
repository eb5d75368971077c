#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/run/plot_data.h"
#include "runtime/run/statistics.h"

namespace duet {

/// Below so many runs no interval is given: there is next to nothing to resample.
constexpr size_t kFewestForIntervals = 3;

/// One metric of one run.
struct RunCurve {
  std::string label;  ///< what is compared: the algorithm, with what varies
  std::string task;   ///< the robot; may be empty
  std::string seed;
  std::vector<PlotPoint> points;
};

/// A number for several runs, with an interval if they are enough.
struct Estimate {
  double value = 0;
  std::optional<Interval> interval;
};

/// All runs of one label on one task.
struct ComparedGroup {
  struct Point {
    double step = 0;
    Estimate value;
  };
  std::string label, task;
  std::vector<RunCurve> runs;
  std::vector<double> scores;             ///< of each run, at the step of the comparison
  Estimate score;                         ///< their interquartile mean
  std::vector<double> steps_to;           ///< of each run: the first step at or above the threshold, or infinity
  std::optional<Estimate> steps_to_mean;  ///< their interquartile mean; without threshold: none
  std::vector<Point> curve;               ///< interquartile means where all runs have a value
};

/// How likely a run of `a` scores higher than one of `b`, over the tasks that both have.
struct ComparedPair {
  std::string a, b;
  size_t tasks = 0;
  Estimate probability;
};

/// One label over all tasks of the comparison, each scaled so that the lowest and the highest score of any run on it
/// are 0 and 1.
struct OverallScore {
  std::string label;
  Estimate score;
};

struct Comparison {
  std::string metric;
  double step = 0;
  std::optional<double> threshold;
  std::vector<ComparedGroup> groups;
  std::vector<ComparedPair> pairs;
  std::vector<OverallScore> overall;  ///< of the labels that have every task, if there are several tasks
};

struct ComparisonOptions {
  std::string metric = "evaluate/return";
  std::optional<double> step;  ///< where scores are taken; absent: the last step that all runs reach
  std::optional<double> threshold;
};

/// Compares runs by label and task, in the order of their first appearance. Error E0708 if there are none, if a seed
/// occurs twice in a group, or if a run does not reach over the step.
Comparison compare_runs(std::vector<RunCurve> runs, const ComparisonOptions& options);

/// The groups for a picture: interquartile means with their intervals, and the runs as thin lines.
std::vector<PlotCurve> curves_of(const Comparison& comparison);

/// All of it as one table `kind,label,task,seed,step,value,low,high`, with a row for each number: `curve` of a run,
/// `mean` and its interval of a group at a step, `score`, `steps` (to the threshold), `overall`, and `improvement` of
/// `label` over the label in the place of the seed. Values are written so that reading gives the same double.
std::string comparison_csv(const Comparison& comparison);

/// The runs in such a table. Error E0708 if it is broken.
std::vector<RunCurve> read_comparison_csv(const std::filesystem::path& path);
/// True if a file begins like one.
bool is_comparison_csv(const std::filesystem::path& path);

}  // namespace duet
