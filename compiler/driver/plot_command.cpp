#include <iostream>

#include "compiler/driver/commands.h"
#include "runtime/run/plot.h"

namespace duet {

ExitCode plot(const PlotCommandOptions& options, Context& context) {
  std::vector<PlotSeries> series;
  for (const std::string& run : options.runs) series.push_back(read_metric(run, options.metric));
  PlotOptions look;
  look.title = options.title;
  if (options.metric != "evaluate/return") look.y_label = options.metric;
  draw_plot(series, look, options.out);
  std::cout << options.out << "\n";
  return context.report();
}

}  // namespace duet
