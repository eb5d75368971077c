#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "runtime/plan/body.h"

namespace duet::plan {

/// Where the time of a run goes: calls, seconds and floating-point operations of each node, nested ones included in
/// those around them. Each thread counts for itself.
class Profile {
 public:
  struct Entry {
    int64_t calls = 0;
    double seconds = 0;  // of all threads together
    double flops = 0;
  };

  explicit Profile(int threads) : entries_(static_cast<size_t>(threads)) {}

  /// Runs the step and counts it.
  void time(Thread& thread, const Step& step);

  /// What all threads have counted.
  std::map<const Node*, Entry> entries() const;

 private:
  std::vector<std::map<const Node*, Entry>> entries_;  // by thread
};

}  // namespace duet::plan
