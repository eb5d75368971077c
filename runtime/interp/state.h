#pragma once

#include <span>
#include <vector>

#include "runtime/interp/tensors.h"

namespace duet::interp {

/// The states of a program. Each starts when it is first used, a copy together with what it is a copy of. Values that
/// were loaded earlier never change: a state that somebody still looks at is copied before it is changed in place.
class States {
 public:
  States(const Program& program, uint64_t seed) : program_(program), seed_(seed) {}

  /// The value now: contiguous, float32 or (kind index) int64, no gradient.
  const Tensor& get(int64_t id);
  /// The state takes the value, which has the dims of its type.
  void set(int64_t id, const Tensor& value);
  /// The tensor for changes in place; nobody else sees its memory.
  Tensor& writable(int64_t id);
  /// slow = rate * slow + (1 - rate) * fast, state by state.
  void track(const std::vector<int64_t>& slow, const std::vector<int64_t>& fast, double rate);

  /// All states that have started, as blobs "state.<name>".
  void save(CheckpointWriter& writer) const;
  void load(const CheckpointReader& reader);

 private:
  Tensor& slot(int64_t id);
  Tensor initial(const State& state);
  void start_copies(int64_t id);

  const Program& program_;
  uint64_t seed_;
  std::vector<Tensor> tensors_;
};

/// Tensors as blobs of a checkpoint. The tensor must be contiguous and stay as it is until the checkpoint is written.
void save_tensor(CheckpointWriter& writer, const std::string& name, const Tensor& x);
Tensor load_tensor(const CheckpointReader& reader, const std::string& name);

}  // namespace duet::interp
