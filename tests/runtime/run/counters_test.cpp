#include "runtime/run/counters.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

/// The steps of `at` at which an `every` is due.
std::vector<int64_t> due(const std::vector<int64_t>& at, int64_t steps) {
  Counters counters;
  std::vector<int64_t> found;
  for (const int64_t step : at) {
    counters.step = step;
    if (counters.due(0, steps)) found.push_back(step);
  }
  return found;
}

TEST(Counters, StepByStepTheMultiplesAreDue) {
  EXPECT_EQ(due({0, 1, 2, 3, 4, 5, 6}, 3), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(due({7, 8, 9, 10}, 5), (std::vector<int64_t>{10}));
}

TEST(Counters, AMultipleThatWasPassedIsDueOnce) {
  EXPECT_EQ(due({1, 260, 270, 520, 1900, 1999, 2000}, 250), (std::vector<int64_t>{260, 520, 1900, 2000}));
  EXPECT_EQ(due({1000, 1000, 1001}, 1000), (std::vector<int64_t>{1000}));
}

TEST(Counters, PlacesAreCountedApart) {
  Counters counters;
  counters.step = 4;
  EXPECT_FALSE(counters.due(0, 5));
  counters.step = 6;
  EXPECT_TRUE(counters.due(0, 5));
  EXPECT_FALSE(counters.due(1, 5));  // the first time, only a multiple itself is
}

}  // namespace
}  // namespace duet
