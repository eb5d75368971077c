#pragma once

#include "runtime/data/memory.h"
#include "tests/bench/workload.h"

namespace duet::bench {

/// One update of algorithms/std/sac.duet written by hand with LibTorch: autograd, Adam as torch::optim::Adam does it, twin critics as
/// batched products, targets moved by lerp_. Batches come from the same memory and random streams as the engine's.
class EagerLearner {
 public:
  /// Takes networks and transitions from `workload`.
  explicit EagerLearner(Workload& workload);
  ~EagerLearner();

  void update();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet::bench
