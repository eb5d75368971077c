#pragma once

#include <set>
#include <string>
#include <vector>

#include "runtime/run/comparison.h"

namespace duet {

/// What was found, and what the user should know of it.
struct ComparedRuns {
  std::vector<RunCurve> runs;
  std::vector<std::string> notes;       // unfinished runs, for one
  std::vector<std::string> lacking;     // runs of batches without the metric
  std::set<std::string> other_metrics;  // that these have
};

/// The runs of a batch folder that have the metric; those that are not finished are noted. The label of a run is its
/// algorithm with what varies, its task the robot. Error E0706, E0708.
ComparedRuns runs_of_batch(const std::string& folder, const std::string& metric);

/// The runs that the arguments of `duet compare` name: run folders, batch folders, curves `NAME[-ROBOT][-seedN].csv` as
/// metrics.csv is, and tables of `duet compare --csv`. LABEL=PATH gives all runs of a path a label. Run folders of one
/// algorithm and robot with different settings get these into their labels. Errors E0706, E0708.
ComparedRuns runs_to_compare(const std::vector<std::string>& arguments, const std::string& metric);

/// Tells the user what there is to know of the runs, on standard error. Error E0708, with the metrics that there are,
/// if none has `metric`.
void report_notes(const ComparedRuns& found, const std::string& metric);

}  // namespace duet
