#include "runtime/run/checkpoint_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

class CheckpointFolderTest : public TemporaryFolder {
 protected:
  std::filesystem::path save(int64_t step, int keep_last = 3) {
    CheckpointWriter writer;
    writer.add_value<int64_t>("step", step);
    return save_checkpoint(folder_, step, writer, keep_last);
  }
  void cut(int64_t step) {
    char name[40];
    std::snprintf(name, sizeof name, "step-%09lld.ckpt", static_cast<long long>(step));
    std::filesystem::resize_file(folder_ / "checkpoints" / name, 70);
  }
};

TEST_F(CheckpointFolderTest, NamesThemByStepAndKeepsTheLast) {
  EXPECT_EQ(save(1000), folder_ / "checkpoints" / "step-000001000.ckpt");
  for (const int64_t step : {2000, 3000, 4000, 5000}) save(step, 2);
  EXPECT_EQ(checkpoint_steps(folder_), (std::vector<int64_t>{4000, 5000}));
  save(6000, 0);
  EXPECT_EQ(checkpoint_steps(folder_), (std::vector<int64_t>{6000})) << "one is always kept";
  const LatestCheckpoint latest = latest_checkpoint(folder_);
  EXPECT_EQ(latest.step, 6000);
  EXPECT_EQ(latest.reader.value<int64_t>("step"), 6000);
  EXPECT_TRUE(latest.warnings.empty());
}

TEST_F(CheckpointFolderTest, SortsByNumberBeyondNineDigits) {
  save(999999999);
  save(10000000000);
  EXPECT_EQ(latest_checkpoint(folder_).step, 10000000000);
}

TEST_F(CheckpointFolderTest, ABrokenNewestOneIsReportedAndPassedOver) {
  for (const int64_t step : {1000, 2000, 3000}) save(step);
  cut(3000);
  const LatestCheckpoint latest = latest_checkpoint(folder_);
  EXPECT_EQ(latest.step, 2000);
  ASSERT_EQ(latest.warnings.size(), 1u);
  EXPECT_NE(latest.warnings[0].find("step-000003000.ckpt"), std::string::npos) << latest.warnings[0];
  // Going on from 2000 must not sacrifice the whole one at 2500 for the broken one at 3000.
  save(2500, 1);
  EXPECT_EQ(latest_checkpoint(folder_).step, 2500);
}

TEST_F(CheckpointFolderTest, NoneWholeIsE0702TellingWhy) {
  std::string message;
  EXPECT_EQ(code_of([&] { latest_checkpoint(folder_); }), "E0702");
  save(1000);
  cut(1000);
  EXPECT_EQ(code_of([&] { latest_checkpoint(folder_); }, &message), "E0702");
  EXPECT_NE(message.find("step-000001000.ckpt"), std::string::npos) << message;
}

TEST_F(CheckpointFolderTest, LeftoversOfAKilledProcessAreNoCheckpointsAndGo) {
  save(1000);
  put(folder_ / "checkpoints" / "step-000002000.ckpt.123.part", "half");
  put(folder_ / "checkpoints" / "step-x.ckpt", "not ours");
  EXPECT_EQ(latest_checkpoint(folder_).step, 1000);
  save(3000);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "checkpoints" / "step-000002000.ckpt.123.part"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "checkpoints" / "step-x.ckpt"));
}

TEST_F(CheckpointFolderTest, AFailureToWriteKeepsTheOldOnes) {
  save(1000, 1);
  std::filesystem::create_directory(folder_ / "checkpoints" / "step-000002000.ckpt");  // rename() cannot replace it
  EXPECT_EQ(code_of([&] { save(2000, 1); }), "E0701");
  std::filesystem::remove(folder_ / "checkpoints" / "step-000002000.ckpt");
  EXPECT_EQ(latest_checkpoint(folder_).step, 1000);
}

TEST_F(CheckpointFolderTest, AProcessKilledAtAnyMomentLeavesAWholeOne) {
  save(0, 2);
  int64_t before = 0;
  for (int round = 0; round < 10; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const std::vector<double> state(1 << 16, round);
      for (int64_t step = before + 1;; ++step) {
        CheckpointWriter writer;
        writer.add<double>("state", {static_cast<int64_t>(state.size())}, state);
        writer.add_value<int64_t>("step", step);
        save_checkpoint(folder_, step, writer, 2);
      }
    }
    ::usleep(static_cast<useconds_t>(7000 + 3100 * round));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ::waitpid(child, nullptr, 0);
    const LatestCheckpoint latest = latest_checkpoint(folder_);
    EXPECT_TRUE(latest.warnings.empty()) << latest.warnings[0];
    EXPECT_EQ(latest.reader.value<int64_t>("step"), latest.step);
    EXPECT_GE(latest.step, before);
    before = latest.step;
  }
  EXPECT_GT(before, 0) << "the children never came to save anything";
}

}  // namespace
}  // namespace duet
