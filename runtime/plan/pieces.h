#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "runtime/plan/engine.h"

namespace duet::plan {

/// Long arrays cut into pieces of a fixed size, which threads can share out: what is done to an element depends neither
/// on its piece nor on how many threads there are.
class Pieces {
 public:
  /// Appends an array.
  void add(int64_t elements) {
    for (int64_t from = 0; from < elements; from += kMost)
      pieces_.push_back({arrays_, from, std::min(kMost, elements - from)});
    ++arrays_;
    elements_ += elements;
  }

  /// Calls f(number of the array, first element, elements) for every piece, on the threads of the engine.
  template <class F>
  void each(Engine& engine, F&& f) const {
    const auto piece = [&](size_t i) { f(pieces_[i].array, pieces_[i].from, pieces_[i].count); };
    if (elements_ >= kShared) return engine.pool->parallel_for(pieces_.size(), piece);
    for (size_t i = 0; i < pieces_.size(); ++i) piece(i);
  }

 private:
  static constexpr int64_t kMost = int64_t{1} << 14;
  static constexpr int64_t kShared = 4 * kMost;  // less than this is done before other threads are awake
  struct Piece {
    size_t array;
    int64_t from, count;
  };

  std::vector<Piece> pieces_;
  size_t arrays_ = 0;
  int64_t elements_ = 0;
};

}  // namespace duet::plan
