#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "runtime/data/memory.h"
#include "runtime/plan/body.h"

namespace duet::plan {

/// The axis of its own that each field of a transition has, or "": obs, action, reward, next_obs, alive, in this order.
inline constexpr std::array<const char*, 5> kFieldAxes{"obs", "action", "", "obs", ""};

/// Brings transitions of a memory to five values, which have the axes `front` of the rows and those of the fields, in
/// whatever order.
class Fields {
 public:
  /// `sizes`: of the axes `front`.
  Fields(const Preparing& preparing, const std::vector<ValueId>& ids, const std::vector<Axis>& front,
         const std::vector<int64_t>& sizes);

  /// What the values must look like: contiguous.
  const std::vector<Layout>& layouts() const { return layouts_; }
  /// The number of transitions.
  int64_t rows() const { return rows_; }

  /// Fetches transitions of `memory`; they are those from `first` on.
  void fetch(Thread& thread, const Memory& memory, std::span<const int64_t> rows, int64_t first = 0);
  /// To be called when all are there.
  void finish(Thread& thread);

 private:
  struct Field {
    ValueId id;
    int64_t width;
    std::function<void(const float* from, float* to)> copy;  // from `ordered`; empty: fetched where they belong
    Buffer ordered;
  };
  static std::span<float> rows_of(Thread& thread, Field& field, int64_t first, size_t count);

  int64_t rows_;
  std::vector<Field> fields_;
  std::vector<Layout> layouts_;
};

}  // namespace duet::plan
