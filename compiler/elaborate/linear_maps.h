#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Constant linear maps along an axis: what coloured noise and splines are once the sizes are known.
/// Private to compiler/elaborate.
namespace duet {

/// A matrix that maps `rows` numbers to `columns` numbers; `values` row by row.
struct LinearMap {
  int64_t rows = 0, columns = 0;
  std::vector<double> values;
  double at(int64_t row, int64_t column) const { return values[static_cast<size_t>(row * columns + column)]; }
};

/// Maps independent standard normals to `steps` numbers of noise whose power at the k-th frequency is k^-beta, the
/// constant part having that of the first (Timmer and Koenig 1995). Each number has variance 1; the noise is periodic,
/// so its autocovariance at a lag of s steps is
///   (p(0) / 2 + sum over 0 < k < n / 2 of p(k) cos(2 pi k s / n) [+ p(n / 2) cos(pi s) / 2]) / (the same at s = 0).
/// `beta` 0 is white noise, 1 pink, 2 red.
LinearMap coloured_noise(int64_t steps, double beta);

/// How values between knots are found.
enum class Spline { zero, linear, cubic };

/// "zero", "linear" or "cubic".
std::optional<Spline> spline_order(const std::string& name);

/// Maps `knots` values to `points` values. The first knot lies on the first point and the last on the last, the others
/// evenly between; with `zero` each knot is held for an equal share of the points. `cubic` is the Hermite spline
/// through the knots whose slope at a knot is the central difference of its neighbours (Catmull and Rom 1974),
/// one-sided at the ends. A single knot is held. Maps with `zero` to fewer points read off what was held: a map to more
/// points and the one back again are the identity.
LinearMap spline(int64_t knots, int64_t points, Spline order);

}  // namespace duet
