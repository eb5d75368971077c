#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/run/plot_data.h"

namespace duet {

struct PlotOptions {
  std::string title;
  std::string x_label = "environment steps";
  std::string y_label = "return";
  int width = 900;  ///< in points; a PNG has two pixels per point
  int height = 560;
};

/// Draws learning curves into a .png or .svg file: a line for each label, the mean of its runs, with a band from their
/// least to their largest. Errors: E0708 nothing to draw or another kind of file, E0701 unwritable.
void draw_plot(const std::vector<PlotSeries>& series, const PlotOptions& options, const std::filesystem::path& path);

/// The same for curves whose middle and band are known. Curves without points are left out.
void draw_curves(std::vector<PlotCurve> curves, const PlotOptions& options, const std::filesystem::path& path);

}  // namespace duet
