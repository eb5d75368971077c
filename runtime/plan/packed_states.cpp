#include "runtime/plan/packed_states.h"

namespace duet::plan {

std::shared_ptr<const kernels::PackedWeights> PackedStates::get(int64_t state, const float* w, int64_t k, int64_t n,
                                                                int64_t ldb) {
  const std::lock_guard lock(mutex_);
  Packed& packed = known_[{w, k, n, ldb}];
  if (!packed.weights) packed.weights = std::make_shared<kernels::PackedWeights>(k, n);
  if (packed.version != states_.version(state)) {
    packed.weights->pack(w, ldb);
    packed.version = states_.version(state);
  }
  return packed.weights;
}

}  // namespace duet::plan
