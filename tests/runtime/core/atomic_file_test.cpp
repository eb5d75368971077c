#include "runtime/core/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / ("atomic_file_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  size_t files() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  fs::path folder_;
};

TEST_F(AtomicFileTest, WritesAndReplaces) {
  write_file_atomically(folder_ / "a", "one");
  EXPECT_EQ(content(folder_ / "a"), "one");
  write_file_atomically(folder_ / "a", "two");
  EXPECT_EQ(content(folder_ / "a"), "two");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, NothingChangesBeforeTheCommit) {
  write_file_atomically(folder_ / "a", "old");
  {
    AtomicFile file(folder_ / "a");
    file.write(bytes_of("new and never finished"));
    EXPECT_EQ(content(folder_ / "a"), "old");
  }
  EXPECT_EQ(content(folder_ / "a"), "old");
  EXPECT_EQ(files(), 1u) << "the temporary file stayed";
}

TEST_F(AtomicFileTest, AMissingFolderIsE0701WithTheReason) {
  try {
    write_file_atomically(folder_ / "nowhere" / "a", "x");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0701");
    EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos) << error.what();
  }
}

TEST_F(AtomicFileTest, AFailedWriteLeavesTheOldFile) {
  write_file_atomically(folder_ / "a", "old");
  // A limit on the size of files stands for a full disk: write() fails half way.
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string code;
  try {
    write_file_atomically(folder_ / "a", std::string(5000, 'n'));
  } catch (const Error& error) {
    code = error.code();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(code, "E0701");
  EXPECT_EQ(content(folder_ / "a"), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, AFullDiskSaysSo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  // The temporary file is made to be the device that is always full.
  const fs::path target = folder_ / "a";
  fs::create_symlink("/dev/full", target.string() + "." + std::to_string(::getpid()) + ".part");
  try {
    write_file_atomically(target, "x");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0701");
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
    EXPECT_NE(error.help().find("free some space"), std::string::npos) << error.help();
  }
}

}  // namespace
}  // namespace duet
