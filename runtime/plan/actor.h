#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "runtime/plan/body.h"
#include "runtime/plan/in_order.h"
#include "runtime/run/executor.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/rollout_batch.h"

namespace duet::plan {

/// The blocks of an `interact`, `evaluate` or `play` node, ready to act.
class Policy {
 public:
  Policy(const Preparing& preparing, const Node& node);

  /// Runs the begin block, if there is one.
  void begin(Thread& thread) {
    if (begin_) begin_->run(thread);
  }
  /// Runs the act block for these observations, one or one for each episode; gives the actions. Error E0603 if they are
  /// not finite.
  std::span<const float> act(Thread& thread, std::span<const double> obs);
  /// The observations of the last act().
  std::span<const float> obs() const { return {obs_.data(), obs_.size()}; }
  /// What the last act() gave beside the action. Error E0603 if it is not finite.
  size_t more() const { return more_.size(); }
  std::span<const float> more(Thread& thread, size_t i);

  const Node& node() const { return *node_; }

 private:
  const Node* node_;
  std::unique_ptr<Body> begin_, act_;  // begin: may be null
  Buffer obs_;
  InOrder action_;
  std::vector<InOrder> more_;
};

/// The robot that the run acts with, and robots for evaluations.
class Actor {
 public:
  explicit Actor(Engine& engine) : engine_(engine) {}

  /// One step of the robot of the run; starts an episode where one is due. The transition goes to `memory`, unless that
  /// is -1.
  void interact(Thread& thread, Policy& policy, int64_t memory, uint64_t site);

  struct Episodes {
    std::vector<double> returns;
    std::vector<int64_t> lengths;
    std::vector<std::vector<double>> sums;  // of what the policy gives beside actions, over the steps of each episode
  };
  /// `count` whole episodes in lockstep, the first axis of obs and action, on simulators of their own, which are spread
  /// over threads; no number depends on how many. `ordinal` is the number of the evaluation: each sees other starts.
  /// `watch`, if there is one, is shown the first of the robots; the episodes are broken off when its own has ended or
  /// it wants no more.
  Episodes episodes(Thread& thread, Policy& policy, int64_t count, uint64_t site, uint64_t ordinal,
                    const EpisodeWatcher& watch);

  /// The same as a part of learning: their steps count as steps of the run.
  Episodes play(Thread& thread, Policy& policy, int64_t count, uint64_t site);

  /// While it lives, these robots act. The list is kept by the caller.
  class Acting {
   public:
    Acting(Actor& actor, std::span<const Environment* const> robots) : actor_(actor) { actor.acting_ = robots; }
    ~Acting() { actor_.acting_ = {}; }
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
  void store(int64_t memory, const Policy& policy, std::span<const float> action, const Environment::Outcome& outcome);

  Engine& engine_;
  std::shared_ptr<const Model> model_;
  std::unique_ptr<Environment> robot_;
  bool running_ = false;  // in an episode
  double return_ = 0;
  int64_t length_ = 0;
  std::map<uint64_t, int64_t> begun_;  // by site of `interact`: the episode whose begin block was done
  std::unique_ptr<RolloutBatch> rollouts_;
  std::span<const Environment* const> acting_;
  std::vector<double> control_;  // of this step
  std::vector<float> next_obs_;
};

}  // namespace duet::plan
