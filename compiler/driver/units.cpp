#include "compiler/driver/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace duet {

namespace {

/// The number in the largest unit of which it has at least one.
std::string in_units(double number, double step, const std::array<const char*, 5>& units) {
  size_t unit = 0;
  // What would be rounded up to a whole step belongs to the next unit.
  for (; unit + 1 < units.size() && number >= step * 0.9995; ++unit) number /= step;
  const int digits = number == std::floor(number) && unit == 0 ? 0 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  const std::string text = fixed(number, digits);
  return *units[unit] ? text + " " + units[unit] : text;
}

}  // namespace

std::string short_count(double number) {
  return in_units(number, 1000, {"", "k", "M", "G", "T"});
}

std::string short_bytes(size_t bytes) {
  return in_units(static_cast<double>(bytes), 1024, {"B", "KiB", "MiB", "GiB", "TiB"});
}

std::string right_aligned(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string left_aligned(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace duet
