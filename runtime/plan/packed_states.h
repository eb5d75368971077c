#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "runtime/kernels/bfloat16.h"
#include "runtime/plan/states.h"

namespace duet::plan {

/// Weights in bfloat16, packed once after each change of the state that holds them, for all threads.
class PackedStates {
 public:
  explicit PackedStates(const States& states) : states_(states) {}

  /// The matrix [k, n] at `w`, rows `ldb` floats apart, in the memory of `state`. It stays as it is now until somebody
  /// asks for it after a change of the state. Safe to call from several threads at once, none of which changes states.
  std::shared_ptr<const kernels::PackedWeights> get(int64_t state, const float* w, int64_t k, int64_t n, int64_t ldb);

  /// Forgets all: states lie elsewhere now.
  void clear() { known_.clear(); }

 private:
  struct Packed {
    std::shared_ptr<kernels::PackedWeights> weights;
    uint64_t version = 0;  // of the state
  };
  using Key = std::tuple<const float*, int64_t, int64_t, int64_t>;  // w, k, n, ldb

  const States& states_;
  std::mutex mutex_;
  std::map<Key, Packed> known_;
};

}  // namespace duet::plan
