#include "runtime/run/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/core/hash.h"

namespace duet {

namespace {

/// Numbers for resampling. Quality beyond SplitMix64 would not be seen in an interval.
class Resampler {
 public:
  explicit Resampler(uint64_t seed) : state_(mix64(seed)) {}

  size_t below(size_t count) {
    state_ += 0x9E3779B97F4A7C15u;
    return static_cast<size_t>(mix64(state_) % count);  // the bias is below 1e-17 for any number of runs
  }

  void draw_from(const std::vector<double>& values, std::vector<double>& into) {
    for (size_t i = 0; i < values.size(); ++i) into.push_back(values[below(values.size())]);
  }

  Strata draw_from(const Strata& strata) {
    Strata drawn(strata.size());
    for (size_t i = 0; i < strata.size(); ++i) draw_from(strata[i], drawn[i]);
    return drawn;
  }

 private:
  uint64_t state_;
};

/// The quantile of sorted values, with a straight line between neighbours.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const double part = place - static_cast<double>(below);
  if (part == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

Interval interval_of(std::vector<double> estimates, double confidence) {
  std::sort(estimates.begin(), estimates.end());
  const double tail = (1 - confidence) / 2;
  return {quantile(estimates, tail), quantile(estimates, 1 - tail)};
}

}  // namespace

double interquartile_mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t left_out = sorted.size() / 4;
  const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(left_out);
  const auto last = sorted.end() - static_cast<std::ptrdiff_t>(left_out);
  return std::accumulate(first, last, 0.0) / static_cast<double>(last - first);
}

Interval bootstrap_interval(const Strata& strata, double confidence, int resamples, uint64_t seed) {
  Resampler resampler(seed);
  std::vector<double> estimates, drawn;
  for (int i = 0; i < resamples; ++i) {
    drawn.clear();
    for (const auto& stratum : strata) resampler.draw_from(stratum, drawn);
    estimates.push_back(interquartile_mean(drawn));
  }
  return interval_of(std::move(estimates), confidence);
}

double probability_of_improvement(const Strata& a, const Strata& b) {
  double sum = 0;
  for (size_t task = 0; task < a.size(); ++task) {
    double wins = 0;
    for (const double x : a[task])
      for (const double y : b[task]) wins += x > y ? 1 : x == y ? 0.5 : 0;
    sum += wins / static_cast<double>(a[task].size() * b[task].size());
  }
  return sum / static_cast<double>(a.size());
}

Interval improvement_interval(const Strata& a, const Strata& b, double confidence, int resamples, uint64_t seed) {
  Resampler resampler(seed);
  std::vector<double> estimates;
  for (int i = 0; i < resamples; ++i) {
    const Strata first = resampler.draw_from(a);
    estimates.push_back(probability_of_improvement(first, resampler.draw_from(b)));
  }
  return interval_of(std::move(estimates), confidence);
}

}  // namespace duet
