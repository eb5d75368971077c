#include "compiler/driver/repl/interrupt.h"

namespace duet {

namespace {

// A signal handler reaches nothing but what lives at a fixed place.
std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_interrupt(int) {
  flag.store(true);
}

}  // namespace

std::atomic<bool>& interrupted() {
  return flag;
}

InterruptGuard::InterruptGuard() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &before_, nullptr);
}

}  // namespace duet
