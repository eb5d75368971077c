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
      : node_(&node), rate_(node.inputs.at(0)), loss_(node.inputs.at(1)), parameters_(node.integers("parameters")) {
    if (node.has("decay")) decay_ = node.reals("decay");
    decay_.resize(parameters_.size(), 0.0);
    if (node.inputs.size() != 2 + parameters_.size()) throw std::logic_error("descend: a gradient for each parameter");
    for (size_t i = 0; i < parameters_.size(); ++i) add_parameter(preparing, i);
    const std::string& name = node.text("optimizer");
    adam_ = name == "adam";
    if (!adam_ && name != "sgd") throw std::logic_error("no optimizer is called " + name);
    if (adam_) keep_adam();
    if (node.has("slow")) {
      slow_ = node.integers("slow");
      slow_rate_ = node.real("slow_rate");
      if (slow_.size() != parameters_.size()) throw std::logic_error("descend: a slow state for each parameter");
    }
  }

  void run(Thread& thread) {
    for (size_t i = 0; i < arrays_.size(); ++i) locate(thread, i);
    require_finite_loss(thread);
    require_finite_gradients(thread);
    const auto rate = static_cast<float>(*thread.value(rate_));
    const bool finite = adam_ ? step_adam(thread, rate) : step_plainly(thread, rate);
    if (!finite) fail("the gradient of the loss");  // finite terms may have a sum that is not
  }

 private:
  /// Where a parameter, its gradient and its moments lie.
  struct Arrays {
    float *p, *m, *v, *slow;
    kernels::Terms g;
  };

  void add_parameter(Preparing& preparing, size_t i) {
    const State& state = preparing.engine().program.states.at(static_cast<size_t>(parameters_[i]));
    gradients_.push_back(preparing.operand(node_->inputs[2 + i], state.type.axes));
    const int64_t elements = gradients_[i].layout.elements();
    if (elements != state.type.elements()) throw std::logic_error("descend: a gradient of another size");
    terms_.push_back(gradients_.back().copy ? nullptr : preparing.ask_for_terms(node_->inputs[2 + i]));
    pieces_.add(elements);
    if (!terms_.back()) {
      checked_.add(elements);
      whole_.push_back(i);
    }
    arrays_.emplace_back();
    constexpr double kFlopsOfAdam = 14, kFlopsOfSlow = 3;
    preparing.count((kFlopsOfAdam + (node_->has("slow") ? kFlopsOfSlow : 0)) * static_cast<double>(elements));
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
    const kernels::Terms gradient = terms_[i] ? terms_[i]->from(0) : kernels::Terms{gradients_[i].data(thread)};
    float* slow = slow_.empty() ? nullptr : states.change(slow_[i]);
    arrays_[i] = {states.change(parameters_[i]), nullptr, nullptr, slow, gradient};
    if (!adam_) return;
    arrays_[i].m = states.change(first_[i]);
    arrays_[i].v = states.change(second_[i]);
  }

  /// A loss may be NaN with a gradient that is not: the slope of log(x) is 1 / x below 0, too.
  void require_finite_loss(Thread& thread) const {
    if (std::isfinite(*thread.value(loss_))) return;
    find_culprit(thread);
    fail("the loss");
  }

  /// Before anything has changed, so that the culprit can be found. Terms were looked at where they were made.
  void require_finite_gradients(Thread& thread) const {
    std::atomic<bool> finite = true;
    for (const auto& terms : terms_)
      if (terms && !terms->finite) finite = false;
    checked_.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      if (!kernels::all_finite(arrays_[whole_[i]].g.first + from, count)) finite = false;
    });
    if (finite) return;
    find_culprit(thread);
    fail("the gradient of the loss");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error("E0603", what + " is NaN or infinite", {}, node_->span);
  }

  bool step_adam(Thread& thread, float rate) {
    float& steps = *thread.engine.states.change(steps_);
    steps += 1;
    const kernels::Adam adam{rate,
                             static_cast<float>(beta1_),
                             static_cast<float>(beta2_),
                             static_cast<float>(epsilon_),
                             0,
                             static_cast<float>(1 - std::pow(beta1_, static_cast<double>(steps))),
                             static_cast<float>(1 - std::pow(beta2_, static_cast<double>(steps)))};
    return each(thread, [&](size_t i, int64_t from, int64_t count, const kernels::Terms& g) {
      kernels::Adam own = adam;
      own.decay = static_cast<float>(decay_[i]);
      const Arrays& at = arrays_[i];
      return kernels::adam(at.p + from, at.m + from, at.v + from, g, count, own, slow(i, from));
    });
  }

  bool step_plainly(Thread& thread, float rate) {
    return each(thread, [&](size_t i, int64_t from, int64_t count, const kernels::Terms& g) {
      return kernels::descend(arrays_[i].p + from, g, count, rate, static_cast<float>(decay_[i]), slow(i, from));
    });
  }

  kernels::Slow slow(size_t i, int64_t from) const {
    if (slow_.empty()) return {};
    return {arrays_[i].slow + from, static_cast<float>(slow_rate_)};
  }

  /// Calls f(parameter, first element, elements, their gradient) for all pieces; whether all calls said yes.
  template <class F>
  bool each(Thread& thread, F&& f) {
    std::atomic<bool> all = true;
    pieces_.each(thread.engine, [&](size_t i, int64_t from, int64_t count) {
      const kernels::Terms& g = arrays_[i].g;
      if (!f(i, from, count, kernels::Terms{g.first + from, g.count, g.apart})) all = false;
    });
    return all;
  }

  const Node* node_;
  ValueId rate_, loss_;
  std::vector<int64_t> parameters_, first_, second_, slow_;  // slow: empty if nothing follows
  double slow_rate_ = 0;
  std::vector<double> decay_;  // one for each parameter
  int64_t steps_ = -1;
  bool adam_ = false;
  double beta1_ = 0, beta2_ = 0, epsilon_ = 0;

  std::vector<Preparing::Operand> gradients_;
  std::vector<std::shared_ptr<Terms>> terms_;  // of the gradients that are left in terms
  Pieces pieces_;                              // of the parameters
  Pieces checked_;                             // of the gradients that are there as a whole,
  std::vector<size_t> whole_;                  // their numbers
  std::vector<Arrays> arrays_;
};

}  // namespace

Run prepare_descend(Preparing& preparing, const Node& node) {
  const auto optimizer = std::make_shared<Optimizer>(preparing, node);
  return [=](Thread& thread) { optimizer->run(thread); };
}

}  // namespace duet::plan
