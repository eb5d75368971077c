#include "tests/bench/eager_learner.h"

#include <cmath>

#include "runtime/core/random.h"

namespace duet::bench {

namespace {

using at::Tensor;

constexpr int64_t kBatch = 256;
constexpr double kRate = 3e-4, kDiscount = 0.99, kPolyak = 0.995;

std::span<float> span_of(const Tensor& x) {
  return {x.data_ptr<float>(), static_cast<size_t>(x.numel())};
}

std::vector<Tensor> network(Workload& workload, const std::string& name) {
  std::vector<Tensor> weights;
  for (int i = 0; i < 3; ++i) {
    weights.push_back(workload.state(name + ".w" + std::to_string(i)));
    const Tensor b = workload.state(name + ".b" + std::to_string(i));
    weights.push_back(b.dim() == 2 ? b.unsqueeze(1) : b);
  }
  return weights;
}

std::vector<Tensor> learned(std::vector<Tensor> weights) {
  for (Tensor& w : weights) w = w.detach().clone().requires_grad_();
  return weights;
}

std::vector<Tensor> detached(std::vector<Tensor> weights) {
  for (Tensor& w : weights) w = w.detach();
  return weights;
}

/// The operations that torch::optim::Adam does, without its bookkeeping.
class Adam {
 public:
  explicit Adam(std::vector<Tensor> weights) : weights_(std::move(weights)) {
    for (const Tensor& w : weights_) {
      first_.push_back(at::zeros_like(w));
      second_.push_back(at::zeros_like(w));
    }
  }

  void step(const Tensor& loss) {
    const auto gradients = torch::autograd::grad({loss}, weights_);
    const at::NoGradGuard off;
    ++steps_;
    const double correction1 = 1 - std::pow(kBeta1, steps_), correction2 = 1 - std::pow(kBeta2, steps_);
    for (size_t i = 0; i < weights_.size(); ++i) {
      const Tensor& g = gradients[i];
      first_[i].mul_(kBeta1).add_(g, 1 - kBeta1);
      second_[i].mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
      const Tensor root = second_[i].sqrt().div_(std::sqrt(correction2)).add_(kEpsilon);
      weights_[i].addcdiv_(first_[i], root, -kRate / correction1);
    }
  }

 private:
  static constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
  std::vector<Tensor> weights_, first_, second_;
  int64_t steps_ = 0;
};

/// Both critics: [twin, batch].
Tensor critic(const std::vector<Tensor>& q, const Tensor& obs, const Tensor& action) {
  const Tensor in = at::cat({obs, action}, -1);
  Tensor y = at::baddbmm(q[1], in.expand({2, in.size(0), in.size(1)}), q[0]).relu_();
  y = at::baddbmm(q[3], y, q[2]).relu_();
  return at::baddbmm(q[5], y, q[4]).squeeze(-1);
}

}  // namespace

struct EagerLearner::Impl {
  explicit Impl(Workload& workload)
      : pi(learned(network(workload, "agent.pi"))),
        q(learned(network(workload, "agent.q"))),
        slow(network(workload, "agent.q_slow")),
        log_alpha(learned({workload.state("agent.log_alpha")})[0]),
        pi_adam(pi),
        q_adam(q),
        alpha_adam({log_alpha}),
        memory("real", 1'000'000, pi[0].size(0), pi[5].size(0) / 2) {
    const std::vector<Tensor> all = workload.transitions();
    memory.append(span_of(all[0]), span_of(all[1]), span_of(all[2]), span_of(all[3]), span_of(all[4]));
  }

  struct Batch {
    Tensor obs, action, reward, next, alive;
  };
  Batch sample() {
    std::vector<int64_t> rows(kBatch);
    fill_indices({1, 2, ++draws}, 0, memory.size(), rows);
    const int64_t obs = memory.obs_size(), action = memory.action_size();
    const Batch b{at::empty({kBatch, obs}), at::empty({kBatch, action}), at::empty({kBatch}), at::empty({kBatch, obs}),
                  at::empty({kBatch})};
    memory.gather(rows, {span_of(b.obs), span_of(b.action), span_of(b.reward), span_of(b.next), span_of(b.alive)});
    return b;
  }

  struct Acted {
    Tensor action, log_probability;
  };
  /// A draw of the squashed gaussian; actions are in -1 .. 1.
  Acted act(const Tensor& obs) {
    Tensor y = at::addmm(pi[1], obs, pi[0]).relu_();
    y = at::addmm(pi[3], y, pi[2]).relu_();
    const std::vector<Tensor> parts = at::addmm(pi[5], y, pi[4]).chunk(2, -1);
    const Tensor log_deviation = parts[1].clamp(-20, 2);
    const Tensor noise = at::empty(log_deviation.sizes());
    fill_normal({1, 3, ++draws}, 0, span_of(noise));
    const Tensor x = parts[0] + log_deviation.exp() * noise;
    const Tensor gaussian = -0.5 * noise.square() - log_deviation - 0.5 * std::log(2 * M_PI);
    const Tensor squash = 2 * (std::log(2.0) - x - at::softplus(-2 * x));
    return {x.tanh(), (gaussian - squash).sum(-1)};
  }

  void update() {
    const at::AutoGradMode on(true);
    const Batch b = sample();
    const Tensor alpha = log_alpha.detach().exp();
    Tensor y;
    {
      const at::NoGradGuard off;
      const Acted next = act(b.next);
      const Tensor value = critic(slow, b.next, next.action).amin(0) - alpha * next.log_probability;
      y = b.reward + kDiscount * b.alive * value;
    }
    q_adam.step((critic(q, b.obs, b.action) - y).square().sum(0).mean());
    const Acted now = act(b.obs);
    pi_adam.step((alpha * now.log_probability - critic(detached(q), b.obs, now.action).amin(0)).mean());
    const double entropy = -static_cast<double>(memory.action_size());
    alpha_adam.step((-log_alpha * (now.log_probability.detach() + entropy)).mean());
    const at::NoGradGuard off;
    for (size_t i = 0; i < q.size(); ++i) slow[i].lerp_(q[i], 1 - kPolyak);
  }

  std::vector<Tensor> pi, q, slow;  // w0, b0, w1, b1, w2, b2
  Tensor log_alpha;
  Adam pi_adam, q_adam, alpha_adam;
  Memory memory;
  uint64_t draws = 0;
};

EagerLearner::EagerLearner(Workload& workload) : impl_(std::make_unique<Impl>(workload)) {}
EagerLearner::~EagerLearner() = default;

void EagerLearner::update() {
  impl_->update();
}

}  // namespace duet::bench
