#include "runtime/kernels/reduce.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "runtime/kernels/accumulators.h"
#include "runtime/kernels/copy_row.h"

namespace duet::kernels {

namespace {

constexpr size_t kMaxRank = 16;  // of the dimensions walked together, after merging
constexpr int64_t kShortRow =
    48;                     // below, finding the sum of a register's lanes costs more than filling it lane by lane
constexpr int kAtOnce = 4;  // registers side by side: enough to hide the latency of an addition

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(std::string("Reduction: ") + message);
}

/// The first n of kLanes floats that are `stride` apart; the others are 0.
DUET_VECTOR Floats load_strided(const float* x, int64_t stride, int64_t n) {
  if (stride == 1) return load_up_to(x, n);
  Floats lanes{};
  if (n < kLanes) {
    for (int64_t i = 0; i < n; ++i) lanes[i] = x[i * stride];
  } else {
    unrolled<kLanes>([&](auto i) __attribute__((always_inline)) { lanes[int{i}] = x[i * stride]; });
  }
  return lanes;
}

bool is_reduction(Op op) {
  return info(op).group == OpGroup::reduce;
}

}  // namespace

/// Walks over all dimensions of a Walk but the last.
class Reduction::Position {
 public:
  explicit Position(const Walk& walk) : walk_(walk) {}

  int64_t offset() const { return offset_; }

  /// False at the end.
  bool next() {
    for (size_t d = walk_.sizes.size() - 1; d-- > 0;) {
      offset_ += walk_.strides[d];
      if (++index_[d] < walk_.sizes[d]) return true;
      offset_ -= walk_.sizes[d] * walk_.strides[d];
      index_[d] = 0;
    }
    return false;
  }

 private:
  const Walk& walk_;
  std::array<int64_t, kMaxRank> index_{};
  int64_t offset_ = 0;
};

Reduction::Walk Reduction::merged(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  Walk walk;
  for (size_t d = 0; d < sizes.size(); ++d) {
    walk.count *= sizes[d];
    if (sizes[d] == 1) continue;
    if (!walk.sizes.empty() && walk.strides.back() == strides[d] * sizes[d]) {
      walk.sizes.back() *= sizes[d];
      walk.strides.back() = strides[d];
    } else {
      walk.sizes.push_back(sizes[d]);
      walk.strides.push_back(strides[d]);
    }
  }
  if (walk.sizes.empty()) {
    walk.sizes.push_back(1);
    walk.strides.push_back(1);
  }
  require(walk.sizes.size() <= kMaxRank, "too many dimensions");
  return walk;
}

Reduction::Reduction(Op op, std::vector<int64_t> sizes, std::vector<int64_t> strides, std::vector<bool> removed)
    : op_(op) {
  require(is_reduction(op), "not a reduction");
  require(sizes.size() == strides.size() && sizes.size() == removed.size(), "one stride and one flag per dimension");
  std::vector<int64_t> kept_sizes, kept_strides, removed_sizes, removed_strides;
  for (size_t d = 0; d < sizes.size(); ++d) {
    (removed[d] ? removed_sizes : kept_sizes).push_back(sizes[d]);
    (removed[d] ? removed_strides : kept_strides).push_back(strides[d]);
  }
  kept_ = merged(kept_sizes, kept_strides);
  removed_ = merged(removed_sizes, removed_strides);
  require(removed_.count > 0 || op == Op::sum, "nothing to reduce");
  const bool rows_lie_still = removed_.strides.back() == 1 && removed_.count > 1;
  const bool rows_are_short = removed_.count < kShortRow && kept_.sizes.back() >= kLanes / 2;
  columns_ = rows_are_short || (kept_.strides.back() == 1 && kept_.count > 1 && !rows_lie_still);
}

void Reduction::run(const float* in, float* out) const {
  if (kept_.count == 0) return;
  if (removed_.count == 0) return static_cast<void>(std::fill_n(out, kept_.count, 0.0f));
  switch (op_) {
    case Op::sum:
      return run_with<SumOf<false>>(in, out);
    case Op::mean:
      return run_with<SumOf<true>>(in, out);
    case Op::std:
      return run_with<DeviationOf>(in, out);
    case Op::min:
      return run_with<ExtremeOf<1>>(in, out);
    case Op::max:
      return run_with<ExtremeOf<-1>>(in, out);
    case Op::argmin:
      return run_with<PlaceOf<1>>(in, out);
    case Op::argmax:
      return run_with<PlaceOf<-1>>(in, out);
    default:
      throw std::logic_error("Reduction: an operation the constructor let pass");
  }
}

template <typename Accumulator>
void Reduction::run_with(const float* in, float* out) const {
  const int64_t length = kept_.sizes.back(), stride = kept_.strides.back();
  Position position(kept_);
  do {
    const float* from = in + position.offset();
    if (columns_) {
      reduce_columns<Accumulator>(from, length, stride, out);
      out += length;
    } else {
      for (int64_t i = 0; i < length; ++i) *out++ = reduce_row<Accumulator>(from + i * stride);
    }
  } while (position.next());
}

/// One output: the lanes of a register take turns.
template <typename Accumulator>
float Reduction::reduce_row(const float* in) const {
  constexpr int64_t kBlock = 512;  // elements fetched at a time if they do not lie side by side
  float buffer[kBlock];
  const float neutral = Accumulator::neutral(*in);
  Accumulator sum[kAtOnce] = {Accumulator(all(*in)), Accumulator(all(*in)), Accumulator(all(*in)),
                              Accumulator(all(*in))};
  Ints place = lane_numbers();
  const int64_t length = removed_.sizes.back(), stride = removed_.strides.back();
  Position position(removed_);
  do {
    for (int64_t from = 0; from < length; from += kBlock) {
      const int64_t n = std::min(kBlock, length - from);
      const float* x = in + position.offset() + from * stride;
      if (stride != 1) {
        copy_row(x, stride, buffer, n);
        x = buffer;
      }
      int64_t i = 0;
      for (; i + kAtOnce * kLanes <= n; i += kAtOnce * kLanes) {
        unrolled<kAtOnce>([&](auto v) __attribute__((always_inline)) {
          sum[v].add(load(x + i + v * kLanes), place);
          place += kLanes;
        });
      }
      for (; i + kLanes <= n; i += kLanes, place += kLanes) sum[0].add(load(x + i), place);
      if (i == n) continue;
      const Ints beyond = lane_numbers() >= static_cast<int32_t>(n - i);
      sum[0].add(beyond ? all(neutral) : load_part(x + i, n - i), place);
      place += static_cast<int32_t>(n - i);
    }
  } while (position.next());
  for (int v = 1; v < kAtOnce; ++v) sum[0].merge(sum[v]);
  return sum[0].result(removed_.count);
}

/// Several outputs: each lane gathers one of them.
template <typename Accumulator>
void Reduction::reduce_columns(const float* in, int64_t columns, int64_t column_stride, float* out) const {
  int64_t at = 0;
  if (column_stride == 1)
    for (; at + kAtOnce * kLanes <= columns; at += kAtOnce * kLanes)
      reduce_lanes<Accumulator, kAtOnce>(in + at, 1, kLanes, out + at);
  for (; at < columns; at += kLanes)
    reduce_lanes<Accumulator, 1>(in + at * column_stride, column_stride, std::min<int64_t>(kLanes, columns - at),
                                 out + at);
}

/// `vectors` registers of outputs, the last of `last` lanes.
template <typename Accumulator, int vectors>
void Reduction::reduce_lanes(const float* in, int64_t column_stride, int64_t last, float* out) const {
  const int64_t length = removed_.sizes.back(), stride = removed_.strides.back();
  const auto part = [&](const float* x, int v) __attribute__((always_inline)) {
    return v + 1 < vectors ? load(x + v * kLanes) : load_strided(x + v * kLanes, column_stride, last);
  };
  const auto start = [&]<int... v>(std::integer_sequence<int, v...>) __attribute__((always_inline)) {
    return std::array<Accumulator, vectors>{Accumulator(part(in, v))...};
  };
  std::array<Accumulator, vectors> sum = start(std::make_integer_sequence<int, vectors>());
  Ints place{};
  Position position(removed_);
  do {
    const float* x = in + position.offset();
    for (int64_t i = 0; i < length; ++i, x += stride, place += 1)
      unrolled<vectors>([&](auto v) __attribute__((always_inline)) { sum[v].add(part(x, v), place); });
  } while (position.next());
  for (size_t v = 0; v < vectors; ++v)
    for (int i = 0; i < (v + 1 < vectors ? kLanes : last); ++i) *out++ = sum[v].lane(i, removed_.count);
}

}  // namespace duet::kernels
