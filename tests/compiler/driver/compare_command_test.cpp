// duet compare and duet reproduce as a user types them.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using test::duet;
using test::Outcome;
using test::read;
using test::Scratch;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

constexpr auto kScript = R"(
algorithm count(robot; slope = 1.0) {
  memory real(100)
  loop {
    interact with uniform(action) into real
    every 10 steps { log height = slope * step }
  }
}
experiment slopes {
  run    count on inverted_pendulum for 50 steps
  seeds  1..3
  vary   slope = [1, 2]
  expect "height" with slope = 1 at 50 steps in 49..51     // by its definition
  expect "height" with slope = 2 at 40 steps in 79.5..80
}
)";

class CompareCommand : public ::testing::Test {
 protected:
  Outcome in_folder(const std::vector<std::string>& arguments) { return duet(arguments, scratch_.path()); }
  Scratch scratch_;
};

TEST_F(CompareCommand, BatchesRunsAndCurves) {
  scratch_.write("s.duet", kScript);
  ASSERT_EQ(in_folder({"batch", "s.duet", "--out", "x", "--quiet"}).code, 0);
  const Outcome all =
      in_folder({"compare", "x", "--metric", "height", "--threshold", "60", "--csv", "all.csv", "-o", "all.svg"});
  ASSERT_EQ(all.code, 0) << all.err;
  EXPECT_TRUE(contains(all.out, "height at step 50, and the steps until it is 60")) << all.out;
  EXPECT_TRUE(contains(all.out,
                       "count, slope = 1  inverted_pendulum  3   50       50 .. 50     50    50   0 of 3        "
                       "never"))
      << all.out;
  EXPECT_TRUE(contains(all.out, "3 of 3           30        30 .. 30")) << all.out;
  EXPECT_TRUE(contains(all.out, "count, slope = 1            count, slope = 2      1  0 [0, 0]")) << all.out;
  EXPECT_TRUE(contains(read(scratch_.path() / "all.csv"), "curve,\"count, slope = 2\",inverted_pendulum,3,40,80,,\n"));
  EXPECT_GT(fs::file_size(scratch_.path() / "all.svg"), 1000u);
  const Outcome again = in_folder({"compare", "all.csv", "--metric", "height", "--threshold", "60"});
  EXPECT_EQ(again.out, all.out) << "the table says the same as the runs";

  const std::string run = "x/count-inverted_pendulum-slope=";
  const Outcome few = in_folder({"compare", run + "1-seed1", run + "2-seed1", run + "2-seed2", "--metric", "height"});
  ASSERT_EQ(few.code, 0) << few.err;
  EXPECT_TRUE(contains(few.out, "count, slope = 2") && contains(few.out, "n < 3")) << few.out;
  EXPECT_TRUE(contains(few.out, "Fewer than 3 seeds")) << few.out;
  const Outcome named =
      in_folder({"compare", "one=" + run + "1-seed1", "two=" + run + "2-seed1", "--metric", "height"});
  EXPECT_TRUE(contains(named.out, "\none ") && contains(named.out, "\ntwo ")) << named.out;
  const Outcome twice = in_folder({"compare", "x", run + "2-seed1", "--metric", "height"});
  EXPECT_EQ(twice.code, 0) << "alone it is called otherwise: " << twice.err;
  EXPECT_TRUE(contains(in_folder({"compare", "one=x", "--metric", "height"}).err, "given twice"));
  const Outcome absent = in_folder({"compare", "x"});
  EXPECT_TRUE(contains(absent.err, "error[E0708]: none of the runs has the metric evaluate/return")) << absent.err;
  EXPECT_TRUE(contains(absent.err, "the runs have: height, train/length, train/return; choose one by --metric"))
      << absent.err;
  EXPECT_FALSE(contains(absent.err, "note: x/")) << "the same of every run\n" << absent.err;
  const Outcome one = in_folder({"compare", run + "1-seed1"});
  EXPECT_TRUE(contains(one.err, "it has height, train/length, train/return: choose one by --metric")) << one.err;
}

TEST_F(CompareCommand, BatchesAreDrawnByPlotToo) {
  scratch_.write("s.duet", kScript);
  ASSERT_EQ(in_folder({"batch", "s.duet", "--out", "x", "--quiet"}).code, 0);
  const Outcome drawn = in_folder({"plot", "x", "--metric", "height", "-o", "x.svg"});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
  const Outcome one =
      in_folder({"plot", "x/count-inverted_pendulum-slope=1-seed1", "--metric", "height", "-o", "y.svg"});
  ASSERT_EQ(one.code, 0) << one.err;
  const size_t strokes = count(read(scratch_.path() / "y.svg"), "stroke-width:2.2");
  EXPECT_GT(strokes, 0u);
  EXPECT_EQ(count(read(scratch_.path() / "x.svg"), "stroke-width:2.2"), 2 * strokes) << "a curve for each slope";
  const Outcome absent = in_folder({"plot", "x", "-o", "x.svg"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_TRUE(contains(absent.err, "the runs have: height, train/length, train/return; choose one by --metric"))
      << absent.err;
}

TEST_F(CompareCommand, CurvesOfTheRepositoryAreGroupedByTheirNames) {
  const Outcome outcome =
      duet({"compare", "docs/curves/m_demorl_pendulum-seed1.csv", "docs/curves/m_demorl_pendulum-seed2.csv",
            "docs/curves/m_demorl_pendulum-seed3.csv", "--threshold", "9000"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  // The README says after how many steps each of them is there: 3000, 4000 and 4500.
  EXPECT_TRUE(contains(outcome.out, "3 of 3") && contains(outcome.out, " 3833 ")) << outcome.out;
}

TEST_F(CompareCommand, ReproduceSaysWhatHoldsAndWhatDoesNot) {
  scratch_.write("s.duet", kScript);
  const Outcome good = in_folder({"reproduce", "s.duet"});
  ASSERT_EQ(good.code, 0) << good.err << good.out;
  EXPECT_TRUE(
      contains(good.out, "inside   count on inverted_pendulum, slope = 1: height at step 50: 50 [50, 50] of n = 3"))
      << good.out;
  EXPECT_TRUE(contains(good.out, "(by its definition)")) << good.out;
  std::string other = kScript;
  other.replace(other.find("79.5..80"), 8, "81..90");
  scratch_.write("s.duet", other);
  const Outcome bad = in_folder({"reproduce", "s.duet"});
  EXPECT_EQ(bad.code, 1) << bad.out;
  EXPECT_TRUE(contains(bad.out, "6 of them were before")) << "bands are no reason to run again\n" << bad.out;
  EXPECT_TRUE(contains(bad.out, "OUTSIDE  count on inverted_pendulum, slope = 2")) << bad.out;
  const Outcome none = in_folder({"reproduce", "no_such"});
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(contains(none.err, "first_steps")) << none.err;
}

TEST_F(CompareCommand, ReproduceTakesOneOfSeveralExperiments) {
  scratch_.write("s.duet", std::string(kScript) + R"(
experiment short {
  run    count on inverted_pendulum for 20 steps
  expect "height" at 20 steps in 19..21
}
)");
  const Outcome open = in_folder({"reproduce", "s.duet"});
  EXPECT_EQ(open.code, 1);
  EXPECT_TRUE(contains(open.err, "E0214") && contains(open.err, "slopes, short")) << open.err;
  const Outcome chosen = in_folder({"reproduce", "s.duet", "--experiment", "short"});
  EXPECT_EQ(chosen.code, 0) << chosen.err << chosen.out;
  EXPECT_TRUE(contains(chosen.out, "runs/reproduce-s-short: 1 of 1 runs")) << chosen.out;
  EXPECT_TRUE(contains(chosen.out, "docs/curves/s-short.csv is not there")) << chosen.out;
}

TEST_F(CompareCommand, TheFirstStepsAreReproduced) {
  const Outcome outcome = in_folder({"reproduce", "first_steps", "--out", "x"});
  EXPECT_EQ(outcome.code, 0) << outcome.err << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "of 3 recorded curves are equal")) << outcome.out;
}

}  // namespace
}  // namespace duet
