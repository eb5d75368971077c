#include "runtime/plan/profile.h"

#include <chrono>

namespace duet::plan {

void Profile::time(Thread& thread, const Step& step) {
  const auto start = std::chrono::steady_clock::now();
  step.run(thread);
  Entry& entry = entries_[static_cast<size_t>(thread.number)][step.node];
  entry.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  entry.flops += step.flops;
  ++entry.calls;
}

std::map<const Node*, Profile::Entry> Profile::entries() const {
  std::map<const Node*, Entry> all;
  for (const auto& own : entries_) {
    for (const auto& [node, entry] : own) {
      Entry& sum = all[node];
      sum.calls += entry.calls;
      sum.seconds += entry.seconds;
      sum.flops += entry.flops;
    }
  }
  return all;
}

}  // namespace duet::plan
