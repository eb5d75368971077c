#pragma once

#include "tests/bench/workload.h"

namespace duet::bench {

/// One epoch of fitting the ensemble of algorithms/std/ensemble.duet written by hand with LibTorch: the layers of all members
/// are batched products, autograd, Adam with its L2 decay, and the error on the data held out.
class EagerEnsemble {
 public:
  /// Takes networks and transitions from `workload`; a fifth of them is held out.
  explicit EagerEnsemble(Workload& workload);
  ~EagerEnsemble();

  void epoch();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet::bench
