#pragma once

#include <map>
#include <memory>
#include <vector>

#include "runtime/core/thread_pool.h"
#include "runtime/interp/body.h"
#include "runtime/interp/interpreter.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/rollout_batch.h"

namespace duet::interp {

/// The robot that the run acts with, and robots for evaluations.
class Actor {
 public:
  explicit Actor(Engine& engine) : engine_(engine) {}

  /// One step of the robot of the run; starts an episode where one is due. The transition goes to `memory`.
  void interact(const Body& begin, const Body& act, int64_t memory, uint64_t site, const Node& node);

  struct Episodes {
    std::vector<double> returns;
    std::vector<int64_t> lengths;
    std::vector<std::vector<double>> sums;  // of what the policy gives beside actions, over the steps of each episode
  };
  /// `count` whole episodes in lockstep, the first axis of obs and action, on simulators of their own, which are spread
  /// over threads; no number depends on how many. `ordinal` is the number of the evaluation: each sees other starts.
  /// `watch`, if there is one, is shown the first of the robots; the episodes are broken off when its own has ended or
  /// it wants no more.
  /// `begin` may be null.
  Episodes episodes(const Body* begin, const Body& act, int64_t count, uint64_t site, uint64_t ordinal,
                    const Node& node, const EpisodeWatcher& watch);
  /// The same as a part of learning: their steps count as steps of the run.
  Episodes play(const Body& act, int64_t count, uint64_t site, const Node& node);

  /// While it lives, these robots act.
  class Acting {
   public:
    Acting(Actor& actor, std::vector<const Environment*> robots) : actor_(actor) { actor.acting_ = std::move(robots); }
    ~Acting() { actor_.acting_.clear(); }
    Acting(const Acting&) = delete;

   private:
    Actor& actor_;
  };
  /// Rollouts of the simulator from where the robots that act are; std::logic_error if none does.
  void simulate(const Rollouts& rollouts);

  /// The running episode, its simulator included.
  void save(CheckpointWriter& writer) const;
  void load(const CheckpointReader& reader);

 private:
  const std::shared_ptr<const Model>& model();
  Environment& robot();
  void begin_episode();
  void end_episode();
  /// As many threads as the options allow and `robots` can use, or more that are there already.
  ThreadPool& pool(int64_t robots);
  int allowed_threads() const;

  Engine& engine_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Environment> robot_;
  std::unique_ptr<ThreadPool> pool_;
  struct Simulation {
    ThreadPool pool;  // of its own: that of the episodes is replaced by a larger one where it is needed
    RolloutBatch rollouts;
  };
  std::unique_ptr<Simulation> simulation_;
  std::vector<const Environment*> acting_;
  bool running_ = false;  // in an episode
  double return_ = 0;
  int64_t length_ = 0;
  std::map<uint64_t, int64_t> begun_;  // by site of `interact`: the episode whose begin block was done
};

}  // namespace duet::interp
