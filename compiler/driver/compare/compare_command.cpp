#include <iostream>

#include "compiler/driver/commands.h"
#include "compiler/driver/compare/compared_runs.h"
#include "compiler/driver/compare/comparison_text.h"
#include "runtime/core/atomic_file.h"
#include "runtime/run/plot.h"

namespace duet {

ExitCode compare(const CompareOptions& options, Context& context) {
  const ComparedRuns found = runs_to_compare(options.runs, options.metric);
  report_notes(found, options.metric);
  const Comparison comparison = compare_runs(found.runs, {options.metric, options.at, options.threshold});
  std::cout << comparison_text(comparison);
  if (!options.csv.empty()) write_file_atomically(options.csv, comparison_csv(comparison));
  if (!options.picture.empty()) {
    PlotOptions look;
    look.title = options.title;
    if (options.metric != "evaluate/return") look.y_label = options.metric;
    draw_curves(curves_of(comparison), look, options.picture);
  }
  return context.report();
}

}  // namespace duet
