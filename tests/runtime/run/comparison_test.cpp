#include "runtime/run/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "runtime/core/error.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

RunCurve curve(const std::string& label, const std::string& task, int seed, std::vector<PlotPoint> points) {
  return {label, task, std::to_string(seed), std::move(points)};
}

/// Four runs of `a` and three of `b` that end at 10, 20, ... and 0, 5, 10.
std::vector<RunCurve> seven_runs() {
  std::vector<RunCurve> runs;
  for (int seed = 1; seed <= 4; ++seed) runs.push_back(curve("a", "t", seed, {{0, 0}, {100, 10.0 * seed}}));
  for (int seed = 1; seed <= 3; ++seed) runs.push_back(curve("b", "t", seed, {{0, 0}, {200, 10.0 * (seed - 1)}}));
  return runs;
}

TEST(Comparison, TakesScoresWhereAllRunsAre) {
  const Comparison found = compare_runs(seven_runs(), {"return", std::nullopt, 10});
  EXPECT_EQ(found.step, 100);
  ASSERT_EQ(found.groups.size(), 2u);
  EXPECT_EQ(found.groups[0].scores, (std::vector<double>{10, 20, 30, 40}));
  EXPECT_EQ(found.groups[0].score.value, 25) << "10 and 40 are left out";
  ASSERT_TRUE(found.groups[0].score.interval);
  EXPECT_EQ(found.groups[1].scores, (std::vector<double>{0, 5, 10})) << "half way along the line";
  EXPECT_EQ(found.groups[0].steps_to_mean->value, 100);
  EXPECT_EQ(found.groups[1].steps_to, (std::vector<double>{INFINITY, 200, 200}));
  EXPECT_TRUE(std::isinf(found.groups[1].steps_to_mean->value)) << "a run that never gets there is not left out";
  ASSERT_EQ(found.pairs.size(), 1u);
  EXPECT_EQ(found.pairs[0].probability.value, (4 * 3 - 0.5) / 12) << "all pairs but the tie of 10 and 10";
  EXPECT_TRUE(found.overall.empty()) << "one task";
}

TEST(Comparison, TwoRunsHaveNoInterval) {
  const Comparison found =
      compare_runs({curve("a", "t", 1, {{1, 1}}), curve("a", "t", 2, {{1, 2}}), curve("b", "t", 1, {{1, 0}})}, {});
  EXPECT_EQ(found.groups[0].score.value, 1.5);
  EXPECT_FALSE(found.groups[0].score.interval);
  EXPECT_FALSE(found.pairs[0].probability.interval);
  const std::vector<PlotCurve> curves = curves_of(found);
  EXPECT_FALSE(curves[0].band);
  EXPECT_EQ(curves[0].singles.size(), 2u);
}

TEST(Comparison, ScalesEachTaskForTheWhole) {
  std::vector<RunCurve> runs;
  for (int seed = 1; seed <= 3; ++seed) {
    runs.push_back(curve("a", "easy", seed, {{1, 1000}}));
    runs.push_back(curve("b", "easy", seed, {{1, 0}}));
    runs.push_back(curve("a", "hard", seed, {{1, 2}}));
    runs.push_back(curve("b", "hard", seed, {{1, 3}}));
  }
  const Comparison found = compare_runs(runs, {});
  ASSERT_EQ(found.overall.size(), 2u);
  EXPECT_EQ(found.overall[0].score.value, 0.5) << "best on one task, worst on the other";
  EXPECT_EQ(found.overall[0].score.interval->low, 0.5) << "runs are drawn within their task";
  EXPECT_EQ(found.pairs[0].probability.value, 0.5);
  EXPECT_EQ(found.pairs[0].tasks, 2u);
}

TEST(Comparison, RefusesWhatMeansNothing) {
  EXPECT_THROW(compare_runs({}, {}), Error);
  EXPECT_THROW(compare_runs({curve("a", "t", 1, {{1, 1}}), curve("a", "t", 1, {{1, 2}})}, {}), Error);
  EXPECT_THROW(compare_runs({curve("a", "t", 1, {{1, 1}})}, {"m", 5, std::nullopt}), Error);
  EXPECT_THROW(compare_runs({curve("a", "t", 1, {{1, NAN}})}, {}), Error);
}

class ComparisonTable : public TemporaryFolder {};

TEST_F(ComparisonTable, IsReadBackToTheLastDigit) {
  std::vector<RunCurve> runs = seven_runs();
  runs[0].label = "a, with \"quotes\"";
  runs[0].points[1].y = 0.1 + 0.2;
  const auto path = folder_ / "x.csv";
  std::ofstream(path) << comparison_csv(compare_runs(runs, {"return", std::nullopt, 10}));
  EXPECT_TRUE(is_comparison_csv(path));
  const std::vector<RunCurve> back = read_comparison_csv(path);
  ASSERT_EQ(back.size(), 7u);
  EXPECT_EQ(back[0].label, runs[0].label);
  EXPECT_EQ(back[0].points[1].y, 0.1 + 0.2);
  EXPECT_EQ(back[6].seed, "3");
  std::ofstream(path) << "step,name,value\n";
  EXPECT_FALSE(is_comparison_csv(path));
}

}  // namespace
}  // namespace duet
