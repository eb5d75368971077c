#pragma once

#include <memory>

#include "runtime/run/executor.h"

/// The reference engine: evaluates a program operation by operation with LibTorch. Slow, obviously right.
/// This header needs no LibTorch.
namespace duet {

class Interpreter : public Executor {
 public:
  /// The program may grow (REPL) while the interpreter lives; states and memories that are new start when first used.
  Interpreter(const Program& program, EngineOptions options);
  ~Interpreter() override;

  bool run() override;
  void save(CheckpointWriter& writer) const override;
  void load(const CheckpointReader& reader) override;
  int64_t step() const override;
  std::vector<TensorData> evaluate(const Block& block, std::span<const TensorData> inputs = {}) override;
  std::vector<double> evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed) override;
  void watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
