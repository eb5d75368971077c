#include "runtime/run/progress_bar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace duet {
namespace {

class ProgressBarTest : public ::testing::Test {
 protected:
  ProgressBar make(bool terminal, int width = 100) {
    ProgressBar::Options options;
    options.terminal = terminal;
    options.width = width;
    options.clock = [this] { return time_; };
    return ProgressBar(out_, options);
  }
  size_t count(char c) const {
    const std::string text = out_.str();
    return static_cast<size_t>(std::count(text.begin(), text.end(), c));
  }
  std::string last_drawn() const {
    const std::string text = out_.str();
    return text.substr(text.rfind('\r') + 1);
  }

  double time_ = 100;
  std::ostringstream out_;
};

TEST(ProgressText, DurationsAndNumbers) {
  EXPECT_EQ(duration_text(0), "0:00");
  EXPECT_EQ(duration_text(75.4), "1:15");
  EXPECT_EQ(duration_text(3700), "1:01:40");
  EXPECT_EQ(duration_text(200000), "2 d 7 h");
  EXPECT_EQ(grouped_text(999), "999");
  EXPECT_EQ(grouped_text(1234567), "1 234 567");
  EXPECT_EQ(grouped_text(-1000), "-1 000");
}

TEST_F(ProgressBarTest, ATerminalIsRedrawnAtMostTenTimesASecond) {
  ProgressBar bar = make(true);
  bar.started({"run", 0, 10000});
  for (int64_t step = 1; step <= 5000; ++step) {
    time_ += 0.001;  // five seconds in all
    bar.progress({step, 10000});
  }
  EXPECT_LE(count('\r'), 51u);
  EXPECT_GE(count('\r'), 45u);
  EXPECT_EQ(count('\n'), 0u);
  bar.finished({10000, true});
  EXPECT_EQ(count('\n'), 1u);
}

TEST_F(ProgressBarTest, ShowsStepsRateTimeLeftAndReturn) {
  ProgressBar bar = make(true, 120);
  bar.started({"m_demorl", 0, 60000});
  time_ += 10;
  bar.metric({"loss", 1, 99});
  bar.metric({"evaluate/return", 20000, 1234.56});
  time_ += 10;
  bar.progress({20000, 60000});
  const std::string line = last_drawn();
  for (const char* part :
       {"m_demorl", "33 %", "20 000 / 60 000 steps", "1 000/s", "0:40 left", "return 1234.6", "###..."}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " is not in: " << line;
  }
  EXPECT_EQ(line.find("99"), std::string::npos) << line;
}

TEST_F(ProgressBarTest, ALineNeverWraps) {
  for (const int width : {1, 10, 40, 80}) {
    out_.str("");
    ProgressBar bar = make(true, width);
    bar.started({"a_rather_long_name_of_a_run", 0, 1000000});
    time_ += 1;
    bar.progress({500000, 1000000});
    const std::string line = last_drawn();
    EXPECT_LT(line.find('\x1b'), static_cast<size_t>(std::max(width, 2))) << line;
  }
}

TEST_F(ProgressBarTest, WarningsStandAboveTheBar) {
  ProgressBar bar = make(true);
  bar.started({"run", 0, 10});
  bar.warning("the disk is slow");
  EXPECT_NE(out_.str().find("\r\x1b[Kwarning: the disk is slow\n\rrun"), std::string::npos) << out_.str();
}

TEST_F(ProgressBarTest, ElsewhereALineAtEach5PercentButNotOftenerThanEvery10Seconds) {
  ProgressBar bar = make(false);
  bar.started({"run", 0, 1000});
  for (int64_t step = 1; step <= 1000; ++step) {
    time_ += 1;  // 50 s are 5 %
    bar.progress({step, 1000});
  }
  bar.finished({1000, true});
  EXPECT_EQ(count('\n'), 1 + 20 + 1u);
  EXPECT_EQ(count('\r'), 0u);
  EXPECT_EQ(count('\x1b'), 0u);

  out_.str("");
  ProgressBar quick = make(false);
  quick.started({"run", 0, 1000});
  for (int64_t step = 1; step <= 1000; ++step) {
    time_ += 0.03;  // 30 s in all
    quick.progress({step, 1000});
  }
  quick.finished({1000, true});
  EXPECT_LE(count('\n'), 5u);

  out_.str("");
  ProgressBar slow = make(false);
  slow.started({"run", 0, 1000000});
  for (int64_t step = 1; step <= 600; ++step) {
    time_ += 1;
    slow.progress({step, 1000000});
  }
  EXPECT_EQ(count('\n'), 11u) << "a line a minute, so that one sees it lives";
}

TEST_F(ProgressBarTest, AResumedRunDoesNotCountTheStepsBefore) {
  ProgressBar bar = make(true, 120);
  bar.started({"run", 50000, 60000});
  time_ += 10;
  bar.progress({51000, 60000});
  EXPECT_NE(last_drawn().find("100/s"), std::string::npos) << last_drawn();
  EXPECT_NE(last_drawn().find("1:30 left"), std::string::npos) << last_drawn();
}

TEST_F(ProgressBarTest, AnUnknownTotalIsFine) {
  ProgressBar bar = make(true);
  bar.started({"run", 0, 0});
  time_ += 1;
  bar.progress({5, 0});
  EXPECT_NE(last_drawn().find("5 steps"), std::string::npos) << last_drawn();
}

}  // namespace
}  // namespace duet
