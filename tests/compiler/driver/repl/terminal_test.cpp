// The prompt at a terminal: completion, Ctrl-C, history, Ctrl-D.

#include <gtest/gtest.h>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace duet {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// LibTorch takes seconds to load on a busy machine.
constexpr std::chrono::seconds kPatience{60};

class Terminal : public testing::Test {
 protected:
  void SetUp() override {
    home_ = fs::temp_directory_path() / ("repl_terminal_test_" + std::to_string(getpid()));
    fs::create_directories(home_);
    start();
  }

  void TearDown() override {
    stop();
    fs::remove_all(home_);
  }

  void start() {
    struct winsize size {
      24, 80, 0, 0
    };
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      std::signal(SIGINT, SIG_DFL);  // a test started in the background would hand down that it is ignored
      setenv("HOME", home_.c_str(), 1);
      setenv("XDG_STATE_HOME", (home_ / "state").c_str(), 1);
      setenv("TERM", "vt100", 1);
      if (chdir(DUET_ROOT) != 0) _exit(126);
      execl(DUET_BUILD "/tests/bin/repl_for_tests", "repl_for_tests", "algorithms", "robots", nullptr);
      _exit(127);
    }
  }

  void stop() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    close(terminal_);
    child_ = -1;
  }

  void type(const std::string& keys) {
    seen_.clear();
    ASSERT_EQ(write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  /// Waits until `text` has appeared since the last `type`.
  testing::AssertionResult appears(const std::string& text) {
    const auto deadline = Clock::now() + kPatience;
    while (seen_.find(text) == std::string::npos) {
      if (Clock::now() > deadline || !read_some())
        return testing::AssertionFailure() << "no '" << text << "' in: " << seen_;
    }
    return testing::AssertionSuccess();
  }

  /// False at the end of the terminal.
  bool read_some() {
    struct pollfd waiting {
      terminal_, POLLIN, 0
    };
    if (poll(&waiting, 1, 1000) <= 0) return true;
    char bytes[4096];
    const ssize_t count = read(terminal_, bytes, sizeof bytes);
    if (count <= 0) return count < 0 && errno == EINTR;
    seen_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  /// Ctrl-D, and the exit status of the session; -1 if it does not end. The key is pressed again now and then: between
  /// two lines the terminal is not in the hands of the editor, and then it swallows the key.
  int end() {
    const auto deadline = Clock::now() + kPatience;
    do {
      if (Clock::now() > deadline) return -1;
      if (write(terminal_, "\x04", 1) != 1) break;
    } while (read_some());
    int status = 0;
    waitpid(child_, &status, 0);
    close(terminal_);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  fs::path home_;
  pid_t child_ = -1;
  int terminal_ = -1;
  std::string seen_;
};

TEST_F(Terminal, EvaluatesAndEndsWithControlD) {
  ASSERT_TRUE(appears("duet> "));
  type("17 * 3\r");
  ASSERT_TRUE(appears("51\r\n"));
  ASSERT_TRUE(appears("duet> "));
  EXPECT_EQ(end(), 0);
}

TEST_F(Terminal, CompletesNamesCommandsAndRobots) {
  ASSERT_TRUE(appears("duet> "));
  type("let velocity_of_light = 42\r");
  ASSERT_TRUE(appears("number 42"));
  type("velocity_\t + 1\r");
  ASSERT_TRUE(appears("43\r\n"));
  type(":rob\thalf_\t\r");
  ASSERT_TRUE(appears("obs 17, action 6"));
  type("no_such_name\t\x15let softly = 1\r");  // Ctrl-U drops what could not be completed
  ASSERT_TRUE(appears("number 1"));
  type("so\t\t");  // the part in common first, then the list
  ASSERT_TRUE(appears("softly"));
  ASSERT_TRUE(appears("softplus"));
}

TEST_F(Terminal, ControlCDropsTheLineAndKeepsTheSession) {
  ASSERT_TRUE(appears("duet> "));
  type("let kept = 7\r");
  ASSERT_TRUE(appears("number 7"));
  type("kept + 100");
  ASSERT_TRUE(appears("kept + 100"));
  type("\x03");
  ASSERT_TRUE(appears("^C"));
  ASSERT_TRUE(appears("duet> "));
  type("kept + 1\r");
  ASSERT_TRUE(appears("8\r\n"));
  // Within an entry of several lines too.
  type("(kept +\r");
  ASSERT_TRUE(appears("... "));
  type("\x03");
  ASSERT_TRUE(appears("duet> "));
  type("kept + 2\r");
  ASSERT_TRUE(appears("9\r\n"));
}

TEST_F(Terminal, ControlCStopsAnEvaluationAndKeepsTheSession) {
  ASSERT_TRUE(appears("duet> "));
  type("let kept = 7\r");
  ASSERT_TRUE(appears("number 7"));
  type(":robot inverted_pendulum\r");
  ASSERT_TRUE(appears("obs 4, action 1"));
  type("memory real(1000)\r");
  ASSERT_TRUE(appears("duet> "));
  type("repeat 1_000_000_000 { interact with uniform(action) into real }\r");
  ASSERT_TRUE(appears("real }\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it runs by now
  type("\x03");
  ASSERT_TRUE(appears("interrupted\r\n"));
  ASSERT_TRUE(appears("duet> "));
  type("kept + 1\r");
  ASSERT_TRUE(appears("8\r\n"));
}

TEST_F(Terminal, HistoryOutlivesTheSession) {
  ASSERT_TRUE(appears("duet> "));
  type("1000 + 234\r");
  ASSERT_TRUE(appears("1234\r\n"));
  ASSERT_EQ(end(), 0);
  std::ifstream history(home_ / "state/duet/history");
  EXPECT_TRUE(history.good());
  seen_.clear();
  start();
  ASSERT_TRUE(appears("duet> "));
  type("\x10");  // Ctrl-P: the line before
  ASSERT_TRUE(appears("1000 + 234"));
  type("\r");
  ASSERT_TRUE(appears("1234\r\n"));
}

}  // namespace
}  // namespace duet
