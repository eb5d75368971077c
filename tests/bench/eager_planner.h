#pragma once

#include "tests/bench/workload.h"

namespace duet::bench {

/// The planner of algorithms/m_demorl_online.duet written by hand with LibTorch, operation by operation, as somebody would who
/// cares for speed: only what is read is computed (the elite members, the steps that are read, the first critic), elite
/// weights are gathered once for each plan, layers are batched products, and activations overwrite their input.
class EagerPlanner {
 public:
  /// Takes the networks from the states of `workload`.
  explicit EagerPlanner(Workload& workload);

  /// One plan from `state` [obs]; the action [action].
  at::Tensor plan(const at::Tensor& state);

 private:
  using Tensor = at::Tensor;
  struct Layers {
    std::vector<Tensor> w, b;
  };

  Layers of_members(const Tensor& members) const;
  Tensor predict(const Layers& model, const Tensor& x, const Tensor& u);
  Tensor policy_plans(const Tensor& state);
  Tensor evaluate(const Layers& model, const Tensor& state, const Tensor& u);
  Tensor critic(const Tensor& x, const Tensor& u) const;
  Tensor act(const Tensor& x) const;
  Tensor normal(at::IntArrayRef sizes);
  Tensor uniform(at::IntArrayRef sizes);

  Layers model_, policy_, critic_;
  Tensor obs_mean_, obs_deviation_, action_mean_, action_deviation_, elites_;
  Tensor m_;
  uint64_t draws_ = 0;
};

}  // namespace duet::bench
