#include "compiler/driver/stop_signal.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace duet {

namespace {

// A signal handler reaches nothing but this.
std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void ask(int number) {
  asked = true;
  std::signal(number, SIG_DFL);
  constexpr std::string_view kWords = "\nstopping at the next safe point; once more stops at once\n";
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, kWords.data(), kWords.size());
}

}  // namespace

StopSignal::StopSignal() {
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
}

StopSignal::~StopSignal() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& StopSignal::flag() const {
  return asked;
}

}  // namespace duet
