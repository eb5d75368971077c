#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/core/large_memory.h"

namespace duet {

class CheckpointReader;
class CheckpointWriter;

/// Transitions (obs, action, reward, next_obs, alive) as float32, one array per field, row after row. It grows on
/// demand up to its capacity; from then on the oldest transitions are overwritten.
class Memory {
 public:
  /// All sizes above 0 (std::logic_error).
  Memory(std::string name, int64_t capacity, int64_t obs, int64_t action);

  const std::string& name() const { return name_; }
  int64_t size() const { return size_; }
  int64_t capacity() const { return capacity_; }
  int64_t obs_size() const { return obs_.width; }
  int64_t action_size() const { return action_.width; }

  /// Appends `rows` transitions: obs and next_obs [rows, obs], action [rows, action], reward and alive [rows].
  /// Wrong lengths are a std::logic_error.
  void append(std::span<const float> obs, std::span<const float> action, std::span<const float> reward,
              std::span<const float> next_obs, std::span<const float> alive);

  /// Where a gather puts its rows, laid out like the arguments of `append`; empty spans are skipped.
  struct Destination {
    std::span<float> obs, action, reward, next_obs, alive;
  };

  /// Copies the transitions `rows` (row 0 is the oldest until the memory is full, afterwards slots of the ring).
  /// A row outside 0 .. size()-1 is a std::out_of_range.
  void gather(std::span<const int64_t> rows, const Destination& out) const;

  /// The filled part and the place of the next transition as blobs "memory.<name>.*". What `save` is given must be
  /// written before the memory changes.
  void save(CheckpointWriter& writer) const;
  /// Error E0709 if the blobs do not fit this memory.
  void load(const CheckpointReader& reader);

 private:
  struct Field {
    const char* name;
    int64_t width;
    std::vector<float, ArrayAllocator<float>> data;
  };

  void put(Field& field, std::span<const float> from, int64_t rows);
  static void gather(const Field& field, std::span<const int64_t> rows, std::span<float> out);

  std::string name_;
  int64_t capacity_;
  int64_t size_ = 0;
  int64_t next_ = 0;  // the slot of the next transition
  Field obs_, action_, reward_, next_obs_, alive_;
};

}  // namespace duet
