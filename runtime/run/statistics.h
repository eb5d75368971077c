#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace duet {

/// Statistics of few runs, after Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical
/// Precipice", NeurIPS 2021 (arXiv 2108.13264). A stratum holds the scores of all runs on one task.
using Strata = std::vector<std::vector<double>>;

/// The mean of the middle half: a quarter of the values, rounded down, is left out at each end, as by the authors' own
/// library (rliable). So up to three values are all there. Infinite values are allowed. NaN of no values.
double interquartile_mean(std::span<const double> values);

struct Interval {
  double low = 0;
  double high = 0;
};

/// A percentile bootstrap interval of the interquartile mean over all scores: each of `resamples` draws as many runs
/// from each stratum as it has, with replacement. The same seed gives the same interval. Needs at least one score.
Interval bootstrap_interval(const Strata& strata, double confidence = 0.95, int resamples = 2000, uint64_t seed = 1);

/// The probability that a run of `a` scores higher than one of `b`, ties counting half: over all pairs of runs on a
/// task, averaged over the tasks. Both have the same tasks in the same order, and at least one run on each.
double probability_of_improvement(const Strata& a, const Strata& b);

/// Its bootstrap interval; the runs of both sides are drawn anew.
Interval improvement_interval(const Strata& a, const Strata& b, double confidence = 0.95, int resamples = 2000,
                              uint64_t seed = 1);

}  // namespace duet
