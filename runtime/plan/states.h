#pragma once

#include <memory>
#include <vector>

#include "runtime/plan/buffer.h"
#include "runtime/program/program.h"
#include "runtime/run/checkpoint.h"

namespace duet::plan {

/// The states of a program as arrays of floats, row-major in the order of their types' axes. An array never moves once
/// it is there. Indices and booleans are whole numbers. Each state starts when it is first used, a copy together with
/// what it is a copy of.
class States {
 public:
  States(const Program& program, uint64_t seed);

  /// To read from.
  float* get(int64_t id);
  /// To write to: what was made of the state is out of date now. Not while others read the state.
  float* change(int64_t id);
  int64_t elements(int64_t id) const;

  /// Of a state that has started: a number that grows with every change, never the same for two contents.
  uint64_t version(int64_t id) const { return arrays_[static_cast<size_t>(id)].version; }
  /// The state in whose memory `x` points, or -1.
  int64_t holder(const float* x) const;

  /// All states that have started, as blobs "state.<name>" in the types of elements that the interpreter has: float32,
  /// int64 for indices, bool for booleans.
  void save(CheckpointWriter& writer) const;
  /// Error E0709 if a blob does not fit.
  void load(const CheckpointReader& reader);

 private:
  struct Array {
    float* data = nullptr;  // null: not started
    uint64_t version = 0;
  };
  Array& slot(int64_t id);
  float* place(size_t id) const { return memory_.data() + places_[id]; }
  void start(const State& state, float* x);
  void start_copies(int64_t id);

  const Program& program_;
  uint64_t seed_;
  std::vector<Array> arrays_;   // of every state
  std::vector<size_t> places_;  // of the arrays, in
  Buffer memory_;
  uint64_t changes_ = 0;
};

/// Floats that stand for elements of `kind`, as a blob of a checkpoint.
void save_array(CheckpointWriter& writer, const std::string& name, Kind kind, const std::vector<int64_t>& sizes,
                const float* x);
/// Fills `x`, of `elements` floats, from a blob. Error E0709 if it has another number of elements.
void load_array(const CheckpointReader& reader, const std::string& name, int64_t elements, float* x);

}  // namespace duet::plan
