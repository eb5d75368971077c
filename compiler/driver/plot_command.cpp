#include <iostream>

#include "compiler/driver/batch/batch_manifest.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/compare/compared_runs.h"
#include "runtime/run/plot.h"

namespace duet {

namespace {

/// The runs of a batch, labelled like groups of `duet compare`.
std::vector<PlotSeries> series_of_batch(const std::string& folder, const std::string& metric) {
  ComparedRuns found = runs_of_batch(folder, metric);
  report_notes(found, metric);
  std::vector<PlotSeries> series;
  for (RunCurve& run : found.runs) series.push_back({run.label + " on " + run.task, std::move(run.points)});
  return series;
}

}  // namespace

ExitCode plot(const PlotCommandOptions& options, Context& context) {
  std::vector<PlotSeries> series;
  for (const std::string& run : options.runs)
    if (is_batch_folder(run))
      for (PlotSeries& one : series_of_batch(run, options.metric)) series.push_back(std::move(one));
    else
      series.push_back(read_metric(run, options.metric));
  PlotOptions look;
  look.title = options.title;
  if (options.metric != "evaluate/return") look.y_label = options.metric;
  draw_plot(series, look, options.out);
  std::cout << options.out << "\n";
  return context.report();
}

}  // namespace duet
