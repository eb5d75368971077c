#pragma once

#include <string>
#include <vector>

namespace duet {

/// The range of an axis and where its ticks are.
struct PlotScale {
  double low = 0;
  double high = 1;
  double step = 1;
  std::vector<double> ticks;

  /// 0 at the low end, 1 at the high end.
  double share(double value) const { return (value - low) / (high - low); }
};

/// At most about `count` ticks, a round distance (1, 2 or 5 times a power of ten) apart, all within [low, high]. An
/// empty range is widened.
PlotScale make_scale(double low, double high, int count);

/// A tick as text, with the decimals that `step` needs and thin spaces between thousands; powers of ten from 1e9 on and
/// below 1e-4. The minus is a real one.
std::string tick_text(double value, double step);

}  // namespace duet
