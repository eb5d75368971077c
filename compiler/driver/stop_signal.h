#pragma once

#include <atomic>

namespace duet {

/// While it lives, the first Ctrl-C (or SIGTERM) only asks to stop; a second one kills as usual.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;

  /// Set once a stop is asked for.
  const std::atomic<bool>& flag() const;
};

}  // namespace duet
