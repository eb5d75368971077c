#pragma once

#include <atomic>
#include <csignal>

namespace duet {

/// Whether Ctrl-C was pressed since this was last set to false.
std::atomic<bool>& interrupted();

/// While it lives, Ctrl-C sets interrupted() instead of ending the process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;

 private:
  struct sigaction before_;
};

}  // namespace duet
