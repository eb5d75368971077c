#pragma once

#include <compare>
#include <cstdint>
#include <set>

#include "runtime/program/program.h"

namespace duet {

/// Something besides values that nodes read and change: a state, a memory, or the moment (the counters of steps and
/// episodes, on which every random draw depends too).
struct Resource {
  enum class Kind { state, memory, moment };
  Kind kind = Kind::moment;
  int64_t id = 0;
  auto operator<=>(const Resource&) const = default;
};

/// What a node does besides making values, with everything nested in its blocks.
struct Effects {
  std::set<Resource> reads;
  std::set<Resource> writes;
  bool visible = false;  // emits metrics, moves the robot, or ends only when the run does

  /// Nothing is lost if nobody reads the results. (An error that computing them would have raised is not kept.)
  bool pure() const { return writes.empty() && !visible; }
};

Effects effects_of(const Node& node);

/// Whether something that `reads` has seen may be different after `writes`.
bool disturbs(const std::set<Resource>& writes, const std::set<Resource>& reads);

}  // namespace duet
