#include "tests/bench/eager_ensemble.h"

#include <array>
#include <cmath>

#include "runtime/core/random.h"

namespace duet::bench {

namespace {

using at::Tensor;

constexpr int64_t kMembers = 7, kBatch = 256;
constexpr double kRate = 1e-3, kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr std::array<double, 5> kDecay{2.5e-5, 5e-5, 7.5e-5, 7.5e-5, 1e-4};

Tensor shuffled(int64_t n, uint64_t draw) {
  const std::vector<int64_t> order = permutation({1, 5, draw}, n);
  return at::from_blob(const_cast<int64_t*>(order.data()), {n}, at::kLong).clone();
}

}  // namespace

struct EagerEnsemble::Impl {
  explicit Impl(Workload& workload) {
    for (int i = 0; i < 5; ++i) {
      w.push_back(workload.state("world.f.w" + std::to_string(i)).clone().requires_grad_());
      b.push_back(workload.state("world.f.b" + std::to_string(i)).unsqueeze(1).clone().requires_grad_());
    }
    weights = w;
    weights.insert(weights.end(), b.begin(), b.end());
    for (const Tensor& x : weights) {
      first.push_back(at::zeros_like(x));
      second.push_back(at::zeros_like(x));
    }
    const std::vector<Tensor> all = workload.transitions();
    input = at::cat({all[0], all[1]}, -1);
    target = at::cat({all[2].unsqueeze(-1), all[3] - all[0]}, -1);
    const int64_t rows = input.size(0), held_out = rows / 5;
    const Tensor order = shuffled(rows, 0);
    train = order.narrow(0, 0, rows - held_out);
    holdout = order.narrow(0, rows - held_out, held_out);
  }

  /// x [member, row, in] -> means and log variances [member, row, 36].
  Tensor forward(const Tensor& x) const {
    Tensor y = x;
    for (size_t i = 0; i < w.size(); ++i) {
      y = at::baddbmm(b[i], y, w[i]);
      if (i + 1 < w.size()) y = at::silu(y);
    }
    return y;
  }

  Tensor loss(const Tensor& rows) const {
    const Tensor flat = rows.reshape({-1}), y = forward(input.index_select(0, flat).view({kMembers, -1, input.size(1)}));
    const Tensor wanted = target.index_select(0, flat).view({kMembers, -1, target.size(1)});
    const int64_t n = y.size(-1) / 2;
    Tensor log_variance = 0.5 - at::softplus(0.5 - y.narrow(-1, n, n));
    log_variance = at::softplus(log_variance + 10.0) - 10.0;
    const Tensor error = (y.narrow(-1, 0, n) - wanted).square();
    return (error * (-log_variance).exp() + log_variance).mean(at::IntArrayRef{1, 2}).sum();
  }

  void step(const Tensor& value) {
    const auto gradients = torch::autograd::grad({value}, weights);
    const at::NoGradGuard off;
    ++steps;
    const double correction1 = 1 - std::pow(kBeta1, steps), correction2 = 1 - std::pow(kBeta2, steps);
    for (size_t i = 0; i < weights.size(); ++i) {
      const Tensor g = i < kDecay.size() ? gradients[i].add(weights[i], kDecay[i]) : gradients[i];
      first[i].mul_(kBeta1).add_(g, 1 - kBeta1);
      second[i].mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
      const Tensor root = second[i].sqrt().div_(std::sqrt(correction2)).add_(kEpsilon);
      weights[i].addcdiv_(first[i], root, -kRate / correction1);
    }
  }

  void epoch() {
    std::vector<Tensor> orders;
    for (int64_t m = 0; m < kMembers; ++m) orders.push_back(train.index_select(0, shuffled(train.size(0), ++draws)));
    const Tensor order = at::stack(orders, 0);
    for (int64_t from = 0; from < order.size(1); from += kBatch) {
      const at::AutoGradMode on(true);
      step(loss(order.narrow(1, from, std::min(kBatch, order.size(1) - from))));
    }
    const at::NoGradGuard off;
    const Tensor x = input.index_select(0, holdout), y = forward(x.expand({kMembers, x.size(0), x.size(1)}));
    error = (y.narrow(-1, 0, target.size(1)) - target.index_select(0, holdout)).square().mean(at::IntArrayRef{1, 2});
  }

  std::vector<Tensor> w, b, weights, first, second;
  Tensor input, target, train, holdout, error;
  int64_t steps = 0;
  uint64_t draws = 0;
};

EagerEnsemble::EagerEnsemble(Workload& workload) : impl_(std::make_unique<Impl>(workload)) {}
EagerEnsemble::~EagerEnsemble() = default;

void EagerEnsemble::epoch() {
  impl_->epoch();
}

}  // namespace duet::bench
