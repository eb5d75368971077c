// Statistics of few runs against values by hand and closed forms.

#include "runtime/run/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/core/hash.h"

namespace duet {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(InterquartileMean, OfSmallListsByHand) {
  const auto iqm = [](std::vector<double> values) { return interquartile_mean(values); };
  EXPECT_TRUE(std::isnan(iqm({})));
  EXPECT_EQ(iqm({7}), 7);
  EXPECT_EQ(iqm({1, 2}), 1.5);
  EXPECT_EQ(iqm({100, 1, 4}), 35) << "a quarter of three is less than one";
  EXPECT_EQ(iqm({9, -100, 1, 3}), 2) << "one left out at each end, in any order";
  EXPECT_EQ(iqm({1, 2, 3, 4, 1000}), 3);
  EXPECT_EQ(iqm({1, 2, 3, 4, 5, 6, 7, 800}), 4.5) << "two at each end";
}

TEST(InterquartileMean, OutliersDoNotCountEvenInfiniteOnes) {
  EXPECT_EQ(interquartile_mean(std::vector<double>{1, 2, 3, kInfinity}), 2.5);
  EXPECT_EQ(interquartile_mean(std::vector<double>{1, kInfinity, 3, kInfinity}), kInfinity);
}

TEST(Improvement, CountsPairsAndHalvesTies) {
  EXPECT_EQ(probability_of_improvement({{2, 3}}, {{0, 1}}), 1);
  EXPECT_EQ(probability_of_improvement({{1}}, {{1}}), 0.5);
  EXPECT_EQ(probability_of_improvement({{1, 2}}, {{1, 3}}), 1.5 / 4) << "1=1, 1<3, 2>1, 2<3";
  EXPECT_EQ(probability_of_improvement({{1, 2}, {5}}, {{1, 3}, {4, 6, 5, 5}}), (0.375 + 0.5) / 2)
      << "tasks count alike, however many runs they have";
}

TEST(Improvement, IntervalOfClearCasesIsAPoint) {
  const Interval sure = improvement_interval({{2, 3, 4}}, {{0, 1}});
  EXPECT_EQ(sure.low, 1);
  EXPECT_EQ(sure.high, 1);
}

TEST(Bootstrap, IsRepeatableAndKeepsToTheValues) {
  const Strata strata = {{1, 5, 2, 8, 3}, {10, 12, 11}};
  const Interval first = bootstrap_interval(strata), again = bootstrap_interval(strata);
  EXPECT_EQ(first.low, again.low);
  EXPECT_EQ(first.high, again.high);
  EXPECT_LE(1, first.low);
  EXPECT_LE(first.low, interquartile_mean(std::vector<double>{1, 5, 2, 8, 3, 10, 12, 11}));
  EXPECT_LE(first.high, 12);
  const Strata spread = {{0.11, 1.27, 3.1, 4.03, 8.6, 12.9, 17.2, 29.3}};
  EXPECT_NE(bootstrap_interval(spread, 0.95, 50, 1).low, bootstrap_interval(spread, 0.95, 50, 2).low)
      << "another seed, other draws";
}

TEST(Bootstrap, ResamplesWithinStrata) {
  // Each task has one score: there is nothing to draw, while drawing over all of them would spread from 0 to 100.
  const Interval point = bootstrap_interval({{0}, {50}, {100}});
  EXPECT_EQ(point.low, 50);
  EXPECT_EQ(point.high, 50);
}

TEST(Bootstrap, OfTwoValuesHasTheQuantilesOfABinomial) {
  // Resampling {0, 0, 1, 1} leaves the mean of the middle two: 0 with 5/16, 1/2 with 6/16, 1 with 5/16.
  const Interval half = bootstrap_interval({{0, 0, 1, 1}}, 0.30, 4000);
  EXPECT_EQ(half.low, 0.5) << "the quantile at 0.35 lies beyond 5/16";
  EXPECT_EQ(half.high, 0.5);
  const Interval wide = bootstrap_interval({{0, 0, 1, 1}}, 0.50, 4000);
  EXPECT_EQ(wide.low, 0);
  EXPECT_EQ(wide.high, 1);
}

TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItSays) {
  // 400 samples of 40 uniform numbers: the interquartile mean of their distribution is 1/2. The percentile bootstrap is
  // a little narrow for few values: published coverages lie around 93 %. The error of the count is 1.1 %.
  uint64_t state = 11;
  int covered = 0;
  for (int sample = 0; sample < 400; ++sample) {
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) values.push_back(static_cast<double>(mix64(state++) >> 11) * 0x1p-53);
    const Interval interval = bootstrap_interval({values}, 0.95, 400, static_cast<uint64_t>(sample));
    covered += interval.low <= 0.5 && 0.5 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 360);
  EXPECT_LE(covered, 395);
}

}  // namespace
}  // namespace duet
