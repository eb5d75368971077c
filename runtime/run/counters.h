#pragma once

#include <cstdint>
#include <map>

#include "runtime/run/checkpoint.h"

namespace duet {

/// What a run has counted so far. Part of its checkpoints.
struct Counters {
  int64_t step = 0;                         ///< environment steps
  int64_t episode = 0;                      ///< episodes of interaction begun
  uint64_t ticks = 0;                       ///< the last tick given out
  std::map<uint64_t, int64_t> evaluations;  ///< how often whole episodes were played, by site
  std::map<int64_t, int64_t> reached;       ///< the step at which each `every` was reached last, by place

  /// Notes that the `every` at `place` is reached. Whether a multiple of `steps` has been passed since it was reached
  /// last; the first time, whether the step now is one.
  bool due(int64_t place, int64_t steps);

  void save(CheckpointWriter& writer) const;
  void load(const CheckpointReader& reader);
};

}  // namespace duet
