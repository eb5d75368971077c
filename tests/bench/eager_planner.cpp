#include "tests/bench/eager_planner.h"

#include <cmath>

#include "runtime/core/random.h"

namespace duet::bench {

namespace {

using at::Tensor;

constexpr int64_t kHorizon = 3, kDrawn = 100, kPlans = 5, kParticles = 4, kIterations = 5, kAction = 6;
constexpr double kBound = 2.0, kVariance = 0.25, kVarianceStep = 0.9;  // (high - low) / 4 squared; actions in -1 .. 1

std::span<float> span_of(const Tensor& x) {
  return {x.data_ptr<float>(), static_cast<size_t>(x.numel())};
}

}  // namespace

EagerPlanner::EagerPlanner(Workload& workload)
    : obs_mean_(workload.state("world.obs.mean")),
      obs_deviation_(workload.state("world.obs.deviation")),
      action_mean_(workload.state("world.action.mean")),
      action_deviation_(workload.state("world.action.deviation")),
      elites_(workload.state("world.elite")),
      m_(at::zeros({kHorizon, kAction})) {
  for (int i = 0; i < 5; ++i) {
    model_.w.push_back(workload.state("world.f.w" + std::to_string(i)));
    model_.b.push_back(workload.state("world.f.b" + std::to_string(i)));
  }
  for (int i = 0; i < 3; ++i) {
    policy_.w.push_back(workload.state("agent.pi.w" + std::to_string(i)));
    policy_.b.push_back(workload.state("agent.pi.b" + std::to_string(i)));
    critic_.w.push_back(workload.state("agent.q.w" + std::to_string(i)).select(0, 0));
    critic_.b.push_back(workload.state("agent.q.b" + std::to_string(i)).select(0, 0));
  }
}

Tensor EagerPlanner::normal(at::IntArrayRef sizes) {
  const Tensor x = at::empty(sizes, at::kFloat);
  fill_normal({1, 1, ++draws_}, 0, span_of(x));
  return x;
}

Tensor EagerPlanner::uniform(at::IntArrayRef sizes) {
  const Tensor x = at::empty(sizes, at::kFloat);
  fill_uniform({1, 1, ++draws_}, 0, span_of(x));
  return x;
}

EagerPlanner::Layers EagerPlanner::of_members(const Tensor& members) const {
  Layers taken;
  for (const Tensor& w : model_.w) taken.w.push_back(w.index_select(0, members));
  for (const Tensor& b : model_.b) taken.b.push_back(b.index_select(0, members).unsqueeze(1));
  return taken;
}

/// x [member, row, obs], u [member, row, action] -> one draw of [member, row, reward and change of obs].
Tensor EagerPlanner::predict(const Layers& model, const Tensor& x, const Tensor& u) {
  Tensor y = at::cat({(x - obs_mean_).div_(obs_deviation_), u}, -1);
  for (size_t i = 0; i < model.w.size(); ++i) {
    y = at::baddbmm(model.b[i], y, model.w[i]);
    if (i + 1 < model.w.size()) at::silu_(y);
  }
  const int64_t n = y.size(-1) / 2;
  Tensor spread = at::softplus((-y.narrow(-1, n, n)).add_(0.5)).neg_().add_(0.5);  // at most 0.5
  spread = at::softplus(spread.add_(10.0)).sub_(10.0);                               // at least -10
  return spread.mul_(0.5).exp_().mul_(normal(spread.sizes())).add_(y.narrow(-1, 0, n));
}

Tensor EagerPlanner::act(const Tensor& x) const {
  Tensor y = at::addmm(policy_.b[0], x, policy_.w[0]).relu_();
  y = at::addmm(policy_.b[1], y, policy_.w[1]).relu_();
  return at::addmm(policy_.b[2], y, policy_.w[2]).narrow(-1, 0, kAction).tanh();
}

/// Plans of the policy along one member each: [plan, H, action].
Tensor EagerPlanner::policy_plans(const Tensor& state) {
  const Tensor which = elites_.index_select(0, (uniform({kPlans}) * elites_.size(0)).floor_().to(at::kLong));
  const Layers model = of_members(which);
  Tensor x = state.expand({kPlans, 1, state.size(0)});
  std::vector<Tensor> actions;
  for (int64_t h = 0; h < kHorizon; ++h) {
    actions.push_back(act(x.squeeze(1)));
    if (h + 1 == kHorizon) break;
    const Tensor u = (actions.back() - action_mean_).div_(action_deviation_).unsqueeze(1);
    x = x + predict(model, x, u).narrow(-1, 1, state.size(0));
  }
  return at::stack(actions, 1);
}

Tensor EagerPlanner::critic(const Tensor& x, const Tensor& u) const {
  Tensor y = at::cat({x, u}, -1).flatten(0, 1);
  y = at::addmm(critic_.b[0], y, critic_.w[0]).relu_();
  y = at::addmm(critic_.b[1], y, critic_.w[1]).relu_();
  return at::addmm(critic_.b[2], y, critic_.w[2]);
}

/// The return of each candidate u [candidate, H, action].
Tensor EagerPlanner::evaluate(const Layers& model, const Tensor& state, const Tensor& u) {
  const int64_t members = elites_.size(0), n = u.size(0), rows = n * kParticles, obs = state.size(0);
  const auto repeated = [&](const Tensor& action) {
    return action.unsqueeze(1).expand({members, n, kParticles, kAction}).reshape({members, rows, kAction});
  };
  Tensor x = state.expand({members, rows, obs}), reward;
  for (int64_t h = 0; h + 1 < kHorizon; ++h) {
    const Tensor action = (u.select(1, h) - action_mean_).div_(action_deviation_);
    const Tensor y = predict(model, x, repeated(action));
    reward = h == 0 ? y.select(-1, 0) : reward + y.select(-1, 0);
    x = x + y.narrow(-1, 1, obs);
  }
  const Tensor q = critic(x, repeated(u.select(1, kHorizon - 1)));
  return (reward + q.view({members, rows})).view({members, n, kParticles}).mean(at::IntArrayRef{0, 2});
}

Tensor EagerPlanner::plan(const Tensor& state) {
  Tensor mean = at::cat({m_.narrow(0, 1, kHorizon - 1), m_.narrow(0, kHorizon - 1, 1)}, 0);
  Tensor variance = at::full({kHorizon, kAction}, kVariance);
  const Tensor proposals = policy_plans(state);
  const Layers model = of_members(elites_);
  const double mass = std::erf(kBound / std::sqrt(2.0));
  Tensor u, w;
  for (int64_t i = 0; i < kIterations; ++i) {
    const Tensor room = at::minimum(1 - mean, mean + 1).div_(2).square_();
    Tensor z = uniform({kDrawn, kHorizon, kAction}).mul_(2 * mass).sub_(mass).erfinv_().mul_(std::sqrt(2.0));
    z.clamp_(-kBound, kBound).mul_(at::minimum(variance, room).sqrt_()).add_(mean).clamp_(-1, 1);
    u = at::cat({z, proposals}, 0);
    w = at::softmax(evaluate(model, state, u), 0).view({-1, 1, 1});
    mean = (w * u).sum(0);
    variance = (1 - kVarianceStep) * variance + kVarianceStep * (w * (u - mean).square_()).sum(0);
  }
  const Tensor chosen = at::searchsorted(w.view({-1}).cumsum(0), uniform({1}), false, true).clamp_(0, u.size(0) - 1);
  m_ = u.index_select(0, chosen).squeeze(0);
  return m_.select(0, 0);
}

}  // namespace duet::bench
