#pragma once

#include <memory>
#include <vector>

#include "runtime/plan/block_memory.h"
#include "runtime/run/executor.h"

namespace duet {

class PreparedBlock;
namespace plan {
class Profile;
}

/// The compiled engine: every node becomes a closure over kernels, values lie in memory that is laid out beforehand,
/// and a run allocates nothing once it is under way. Programs with `minimize` or `gradient` are refused with Error
/// E0609: derivatives are made by the compiler.
class Plan : public Executor {
 public:
  /// The program may grow (REPL) while the plan lives; states and memories that are new start when first used.
  Plan(const Program& program, EngineOptions options);
  ~Plan() override;

  bool run() override;
  void save(CheckpointWriter& writer) const override;
  void load(const CheckpointReader& reader) override;
  int64_t step() const override;
  std::vector<TensorData> evaluate(const Block& block, std::span<const TensorData> inputs = {}) override;
  std::vector<double> evaluate_policy(const Node& evaluate, int64_t episodes, uint64_t seed) override;
  void watch_policy(const Node& evaluate, uint64_t seed, const EpisodeWatcher& watch) override;

  /// A block to be run from outside many times. `sizes`: of its parameters, each in the order of its type's axes. The
  /// plan must outlive it.
  std::unique_ptr<PreparedBlock> prepare(const Block& block, const std::vector<std::vector<int64_t>>& sizes = {});

  /// Counts where the time goes, from now on; null: no longer. `profile` must outlive what runs.
  void profile(plan::Profile* profile);

  /// What the blocks of the program need, as far as their sizes are known before anything runs; several entries for a
  /// block that is prepared for several sizes. Only before run() and load().
  std::vector<BlockMemory> block_memory();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
