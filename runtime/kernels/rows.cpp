#include "runtime/kernels/rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

/// An order of all floats in which NaN is the largest.
bool is_less(float a, float b) {
  return a < b || (std::isnan(b) && !std::isnan(a));
}

/// The first `count` indices of a row by `before`, a strict order of numbers; of equals the lowest index first.
template <typename Before>
void first_by(Before before, const float* x, int64_t rows, int64_t n, int64_t count, float* out, int32_t* scratch) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += count) {
    std::iota(scratch, scratch + n, 0);
    const auto earlier = [&](int32_t i, int32_t j) {
      if (before(x[i], x[j])) return true;
      return !before(x[j], x[i]) && i < j;
    };
    if (count < n) std::nth_element(scratch, scratch + count, scratch + n, earlier);
    std::sort(scratch, scratch + count, earlier);
    std::copy_n(scratch, count, out);
  }
}

/// A number for each lane, in double precision.
struct Lanes {
  Doubles lower{}, upper{};

  double sum() const {
    const Doubles both = lower + upper;
    double total = 0;
    for (int lane = 0; lane < kLanes / 2; ++lane) total += both[lane];
    return total;
  }
};

DUET_VECTOR Lanes doubled(Floats x) {
  return {lower_half(x), upper_half(x)};
}
DUET_VECTOR void add(Lanes& sum, const Lanes& x) {
  sum.lower += x.lower;
  sum.upper += x.upper;
}
DUET_VECTOR void add_product(Lanes& sum, const Lanes& x, const Lanes& y) {
  sum.lower += x.lower * y.lower;
  sum.upper += x.upper * y.upper;
}

/// The elements of a row less its first one: with such distances sums of squares lose nothing (Chan, Golub and LeVeque
/// 1983). What fills up the last register is 0.
DUET_VECTOR Lanes distances(const float* x, int64_t i, int64_t n) {
  Lanes d = doubled(i + kLanes <= n ? load(x + i) : load_part(x + i, n - i));
  d.lower -= static_cast<double>(*x);
  d.upper -= static_cast<double>(*x);
  if (i + kLanes > n)
    for (int lane = 0; lane < kLanes; ++lane)
      if (lane >= n - i) (lane < kLanes / 2 ? d.lower[lane] : d.upper[lane - kLanes / 2]) = 0;
  return d;
}

struct Moments {
  double mean, distance;  // the mean, and how far it is from the first element
  double divisor;         // sqrt(variance + 1e-5)
};

Moments moments(double first, double distances, double squares, int64_t n) {
  const double distance = distances / static_cast<double>(n);
  const double variance = std::max(squares / static_cast<double>(n) - distance * distance, 0.0);
  return {first + distance, distance, std::sqrt(variance + 1e-5)};
}

}  // namespace

void quantile(const float* x, int64_t rows, int64_t n, float q, float* out, float* scratch) {
  if (std::isnan(q)) return static_cast<void>(std::fill_n(out, rows, q));
  const float at = std::clamp(q * static_cast<float>(n - 1), 0.0f, static_cast<float>(n - 1));
  const float below = std::floor(at);
  for (int64_t r = 0; r < rows; ++r, x += n) {
    std::copy_n(x, n, scratch);
    float* const place = scratch + static_cast<int64_t>(below);
    std::nth_element(scratch, place, scratch + n, is_less);
    const float low = *place;
    const float high = place + 1 == scratch + n ? low : *std::min_element(place + 1, scratch + n, is_less);
    // Not low + weight * (high - low) where it is NaN between two equal infinities.
    out[r] = low == high ? low : low + (at - below) * (high - low);
  }
}

void top_k(const float* x, int64_t rows, int64_t n, int64_t count, float* out, int32_t* scratch) {
  first_by([](float a, float b) { return is_less(b, a); }, x, rows, n, count, out, scratch);
}

void bottom_k(const float* x, int64_t rows, int64_t n, int64_t count, float* out, int32_t* scratch) {
  first_by(is_less, x, rows, n, count, out, scratch);
}

void cumsum(const float* x, int64_t rows, int64_t n, float* out) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(sum += x[i]);
  }
}

void standardize(const float* x, int64_t rows, int64_t n, float* out) {
  for (int64_t r = 0; r < rows; ++r, x += n, out += n) {
    Lanes sum, squares;
    for (int64_t i = 0; i < n; i += kLanes) {
      const Lanes d = distances(x, i, n);
      add(sum, d);
      add_product(squares, d, d);
    }
    const Moments row = moments(*x, sum.sum(), squares.sum(), n);
    const auto scale = static_cast<float>(1 / row.divisor), mean = static_cast<float>(row.mean);
    for (int64_t i = 0; i < n; ++i) out[i] = (x[i] - mean) * scale;
  }
}

void standardize_gradient(const float* x, const float* dy, int64_t rows, int64_t n, float* dx) {
  for (int64_t r = 0; r < rows; ++r, x += n, dy += n, dx += n) {
    Lanes sum, squares, dy_sum, dy_times_d;
    for (int64_t i = 0; i < n; i += kLanes) {
      const Lanes d = distances(x, i, n), g = doubled(load_up_to(dy + i, n - i));
      add(sum, d);
      add_product(squares, d, d);
      add(dy_sum, g);
      add_product(dy_times_d, g, d);
    }
    const Moments row = moments(*x, sum.sum(), squares.sum(), n);
    const double all = dy_sum.sum(), along = dy_times_d.sum() - row.distance * all;  // of dy (x - mean)
    const auto scale = static_cast<float>(1 / row.divisor), mean = static_cast<float>(row.mean);
    const auto dy_mean = static_cast<float>(all / static_cast<double>(n));
    const auto slope = static_cast<float>(along / (static_cast<double>(n) * row.divisor * row.divisor));
    for (int64_t i = 0; i < n; ++i) dx[i] = scale * (dy[i] - dy_mean - slope * (x[i] - mean));
  }
}

void pick_categorical(const float* weights, const float* u, int64_t rows, int64_t n, int64_t m, float* out,
                      float* scratch) {
  for (int64_t r = 0; r < rows; ++r, weights += n, u += m, out += m) {
    cumsum(weights, 1, n, scratch);
    const float total = scratch[n - 1];
    // Rounding must not lead past the last position of positive weight.
    const float below = std::nextafter(total, -std::numeric_limits<float>::infinity());
    for (int64_t j = 0; j < m; ++j) {
      const float target = std::min(u[j] * total, below);
      const int64_t place = std::upper_bound(scratch, scratch + n, target) - scratch;
      out[j] = static_cast<float>(std::min(place, n - 1));
    }
  }
}

}  // namespace duet::kernels
