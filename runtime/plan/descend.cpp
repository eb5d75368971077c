#include <atomic>
#include <cmath>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/kernels/optimize.h"
#include "runtime/plan/body.h"
#include "runtime/plan/pieces.h"
#include "runtime/plan/trap.h"

/// `descend`: one step of an optimizer along gradients that are there.
namespace duet::plan {

namespace {

class Optimizer {
 public:
  Optimizer(Preparing& preparing, const Node& node)
      : node_(&node), rate_(node.inputs.at(0)), parameters_(node.integers("parameters")) {
    if (node.has("decay")) decay_ = node.reals("decay");
    decay_.resize(parameters_.size(), 0.0);
    if (node.inputs.size() != 1 + parameters_.size()) throw std::logic_error("descend: a gradient for each parameter");
    for (size_t i = 0; i < parameters_.size(); ++i) add_parameter(preparing, i);
    const std::string& name = node.text("optimizer");
    adam_ = name == "adam";
    if (!adam_ && name != "sgd") throw std::logic_error("no optimizer is called " + name);
    if (adam_) keep_adam();
  }

  void run(Thread& thread) {
    for (size_t i = 0; i < arrays_.size(); ++i) locate(thread, i);
    require_finite_gradients(thread);
    const auto rate = static_cast<float>(*thread.value(rate_));
    if (adam_) return step_adam(thread, rate);
    pieces_.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      kernels::descend(arrays_[i].p + from, arrays_[i].g + from, count, rate, static_cast<float>(decay_[i]));
    });
  }

 private:
  /// Where a parameter, its gradient and its moments lie.
  struct Arrays {
    float *p, *m, *v;
    const float* g;
  };

  void add_parameter(Preparing& preparing, size_t i) {
    const State& state = preparing.engine().program.states.at(static_cast<size_t>(parameters_[i]));
    gradients_.push_back(preparing.operand(node_->inputs[1 + i], state.type.axes));
    const int64_t elements = gradients_[i].layout.elements();
    if (elements != state.type.elements()) throw std::logic_error("descend: a gradient of another size");
    pieces_.add(elements);
    arrays_.emplace_back();
    constexpr double kFlopsOfAdam = 14;
    preparing.count(kFlopsOfAdam * static_cast<double>(elements));
  }

  void keep_adam() {
    first_ = node_->integers("first_moments");
    second_ = node_->integers("second_moments");
    steps_ = node_->integer("steps");
    beta1_ = node_->real("beta1");
    beta2_ = node_->real("beta2");
    epsilon_ = node_->real("epsilon");
    if (first_.size() != parameters_.size() || second_.size() != parameters_.size())
      throw std::logic_error("adam needs two moments for each parameter");
  }

  void locate(Thread& thread, size_t i) {
    States& states = thread.engine.states;
    if (gradients_[i].copy) gradients_[i].copy(thread);
    arrays_[i] = {states.change(parameters_[i]), nullptr, nullptr, gradients_[i].data(thread)};
    if (!adam_) return;
    arrays_[i].m = states.change(first_[i]);
    arrays_[i].v = states.change(second_[i]);
  }

  void require_finite_gradients(Thread& thread) const {
    std::atomic<bool> finite = true;
    pieces_.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      if (!kernels::all_finite(arrays_[i].g + from, count)) finite = false;
    });
    if (finite) return;
    find_culprit(thread);
    throw Error("E0603", "the gradient of the loss is NaN or infinite", {}, node_->span);
  }

  void step_adam(Thread& thread, float rate) {
    float& steps = *thread.engine.states.change(steps_);
    steps += 1;
    kernels::Adam adam{rate,
                       static_cast<float>(beta1_),
                       static_cast<float>(beta2_),
                       static_cast<float>(epsilon_),
                       0,
                       static_cast<float>(1 - std::pow(beta1_, static_cast<double>(steps))),
                       static_cast<float>(1 - std::pow(beta2_, static_cast<double>(steps)))};
    pieces_.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      kernels::Adam own = adam;
      own.decay = static_cast<float>(decay_[i]);
      const Arrays& at = arrays_[i];
      kernels::adam(at.p + from, at.m + from, at.v + from, at.g + from, count, own);
    });
  }

  const Node* node_;
  ValueId rate_;
  std::vector<int64_t> parameters_, first_, second_;
  std::vector<double> decay_;  // one for each parameter
  int64_t steps_ = -1;
  bool adam_ = false;
  double beta1_ = 0, beta2_ = 0, epsilon_ = 0;

  std::vector<Preparing::Operand> gradients_;
  Pieces pieces_;  // of the parameters
  std::vector<Arrays> arrays_;
};

}  // namespace

Run prepare_descend(Preparing& preparing, const Node& node) {
  const auto optimizer = std::make_shared<Optimizer>(preparing, node);
  return [=](Thread& thread) { optimizer->run(thread); };
}

}  // namespace duet::plan
