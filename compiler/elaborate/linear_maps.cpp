#include "compiler/elaborate/linear_maps.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace duet {

namespace {

/// Adds the slope at `knot`, in units per knot, times `factor` to one column of the map.
void add_slope(LinearMap& map, int64_t knot, int64_t column, double factor) {
  const int64_t before = std::max<int64_t>(knot - 1, 0), after = std::min(knot + 1, map.rows - 1);
  const double share = factor / static_cast<double>(after - before);
  map.values[static_cast<size_t>(after * map.columns + column)] += share;
  map.values[static_cast<size_t>(before * map.columns + column)] -= share;
}

}  // namespace

LinearMap coloured_noise(int64_t steps, double beta) {
  LinearMap map{steps, steps, std::vector<double>(static_cast<size_t>(steps * steps))};
  const auto power = [&](int64_t k) { return std::pow(static_cast<double>(std::max<int64_t>(k, 1)), -beta); };
  // A frequency has a cosine and a sine, but the constant part and, for an even number, the highest only a cosine.
  const auto alone = [&](int64_t k) { return k == 0 || 2 * k == steps; };
  double variance = 0;
  for (int64_t k = 0; 2 * k <= steps; ++k) variance += power(k) * (alone(k) ? 0.5 : 1.0);
  int64_t row = 0;
  for (int64_t k = 0; 2 * k <= steps; ++k) {
    const double scale = std::sqrt(power(k) * (alone(k) ? 0.5 : 1.0) / variance);
    for (const bool sine : {false, true}) {
      if (sine && alone(k)) continue;
      for (int64_t t = 0; t < steps; ++t) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(k * t % steps) / static_cast<double>(steps);
        map.values[static_cast<size_t>(row * steps + t)] = scale * (sine ? std::sin(angle) : std::cos(angle));
      }
      ++row;
    }
  }
  return map;
}

std::optional<Spline> spline_order(const std::string& name) {
  if (name == "zero") return Spline::zero;
  if (name == "linear") return Spline::linear;
  if (name == "cubic") return Spline::cubic;
  return std::nullopt;
}

LinearMap spline(int64_t knots, int64_t points, Spline order) {
  LinearMap map{knots, points, std::vector<double>(static_cast<size_t>(knots * points))};
  for (int64_t t = 0; t < points; ++t) {
    const auto add = [&](int64_t knot, double share) { map.values[static_cast<size_t>(knot * points + t)] += share; };
    if (order == Spline::zero || knots == 1) {
      // Fewer points than knots: the first knot of each share, so that what was held comes back.
      add((t * knots + (knots > points ? points - 1 : 0)) / points, 1);
      continue;
    }
    // Whole numbers, so that a point which lies on a knot is not beside it by rounding.
    const int64_t intervals = std::max<int64_t>(points - 1, 1), place = t * (knots - 1);
    const int64_t left = std::min(place / intervals, knots - 2);
    const double s = static_cast<double>(place - left * intervals) / static_cast<double>(intervals);
    if (order == Spline::linear) {
      add(left, 1 - s);
      add(left + 1, s);
      continue;
    }
    add(left, (1 + 2 * s) * (1 - s) * (1 - s));
    add(left + 1, s * s * (3 - 2 * s));
    add_slope(map, left, t, s * (1 - s) * (1 - s));
    add_slope(map, left + 1, t, -s * s * (1 - s));
  }
  return map;
}

}  // namespace duet
