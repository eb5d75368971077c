#include "runtime/run/plot_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace duet {
namespace {

constexpr const char* kMinus = "\u2212";
constexpr const char* kThinSpace = "\u2009";

double round_step(double raw) {
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double mantissa = raw / power;
  // The slack: 2.0000000001 is 2.
  for (const double nice : {1.0, 2.0, 5.0}) {
    if (mantissa <= nice * (1 + 1e-9)) return nice * power;
  }
  return 10 * power;
}

std::string grouped(std::string digits) {
  const size_t point = std::min(digits.find('.'), digits.size());
  for (int i = static_cast<int>(point) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), kThinSpace);
  return digits;
}

std::string formatted(const char* format, int decimals, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, decimals, value);
  return text;
}

}  // namespace

PlotScale make_scale(double low, double high, int count) {
  PlotScale scale;
  if (!(high > low)) {
    const double margin = std::max(std::abs(low) * 0.1, 1e-9);
    const double half = low == 0 ? 1.0 : margin;
    low -= half;
    high += half;
  }
  scale.low = low;
  scale.high = high;
  scale.step = round_step((high - low) / std::max(count, 1));
  const double slack = 1e-9;  // of a step: a tick that is on the end but for rounding is on it
  const double first = std::ceil(low / scale.step - slack), last = std::floor(high / scale.step + slack);
  for (double k = first; k <= last; ++k) scale.ticks.push_back(k * scale.step + 0.0);  // + 0.0: no negative zero
  return scale;
}

std::string tick_text(double value, double step) {
  const double size = std::abs(value);
  const std::string sign = value < 0 ? kMinus : "";
  if (size < step * 1e-9) return "0";
  if (size >= 1e9 || step < 1e-4) {
    const int decimals = std::max(0, static_cast<int>(std::floor(std::log10(size)) - std::floor(std::log10(step))));
    return sign + formatted("%.*e", decimals, size);
  }
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return sign + grouped(formatted("%.*f", decimals, size));
}

}  // namespace duet
