#include <cmath>
#include <stdexcept>

#include "runtime/interp/body.h"
#include "runtime/interp/trap.h"
#include "runtime/kernels/optimize.h"

/// `minimize`: a loss, its gradient, one step of an optimizer. `descend`: the step alone.
namespace duet::interp {

namespace {

struct Optimizer {
  std::vector<int64_t> parameters, first, second;
  std::vector<double> decay;
  int64_t steps = -1;
  bool adam = false;
  double beta1 = 0, beta2 = 0, epsilon = 0;
};

Optimizer optimizer_of(const Node& node) {
  Optimizer it;
  it.parameters = node.integers("parameters");
  if (node.has("decay")) it.decay = node.reals("decay");
  it.decay.resize(it.parameters.size(), 0.0);
  const std::string& name = node.text("optimizer");
  it.adam = name == "adam";
  if (!it.adam && name != "sgd") throw std::logic_error("no optimizer is called " + name);
  if (!it.adam) return it;
  it.first = node.integers("first_moments");
  it.second = node.integers("second_moments");
  it.steps = node.integer("steps");
  it.beta1 = node.real("beta1");
  it.beta2 = node.real("beta2");
  it.epsilon = node.real("epsilon");
  if (it.first.size() != it.parameters.size() || it.second.size() != it.parameters.size())
    throw std::logic_error("adam needs two moments for each parameter");
  return it;
}

/// Gradients are looked at before a step is made.
void require_finite(bool finite) {
  if (!finite) throw std::logic_error("an optimizer was given a gradient that is not finite");
}

void step(Engine& engine, const Optimizer& it, const std::vector<Tensor>& gradients, double rate) {
  States& states = engine.states;
  double count = 0;
  if (it.adam) {
    Tensor& steps = states.writable(it.steps);
    steps.add_(1);
    count = steps.item<double>();
  }
  for (size_t i = 0; i < it.parameters.size(); ++i) {
    Tensor& p = states.writable(it.parameters[i]);
    const kernels::Terms g{gradients[i].data_ptr<float>()};
    const auto decay = static_cast<float>(it.decay[i]);
    if (!it.adam) {
      require_finite(kernels::descend(p.data_ptr<float>(), g, p.numel(), static_cast<float>(rate), decay));
      continue;
    }
    const kernels::Adam adam{static_cast<float>(rate),
                             static_cast<float>(it.beta1),
                             static_cast<float>(it.beta2),
                             static_cast<float>(it.epsilon),
                             decay,
                             static_cast<float>(1 - std::pow(it.beta1, count)),
                             static_cast<float>(1 - std::pow(it.beta2, count))};
    Tensor &m = states.writable(it.first[i]), &v = states.writable(it.second[i]);
    require_finite(kernels::adam(p.data_ptr<float>(), m.data_ptr<float>(), v.data_ptr<float>(), g, p.numel(), adam));
  }
}

/// Within it, `load` of a parameter gives a leaf of the gradient's graph.
class Leaves {
 public:
  Leaves(Engine& engine, const std::vector<int64_t>& parameters) : engine_(engine), parameters_(parameters) {
    engine.leaves.resize(engine.program.states.size());
    for (const int64_t id : parameters) slot(id) = engine.states.get(id).detach().requires_grad_();
  }
  ~Leaves() {
    for (const int64_t id : parameters_) slot(id).reset();
  }
  Leaves(const Leaves&) = delete;
  std::vector<Tensor> all() {
    std::vector<Tensor> tensors;
    for (const int64_t id : parameters_) tensors.push_back(slot(id));
    return tensors;
  }

 private:
  Tensor& slot(int64_t id) { return engine_.leaves[static_cast<size_t>(id)]; }
  Engine& engine_;
  const std::vector<int64_t>& parameters_;
};

struct Evaluated {
  std::vector<Tensor> results;    // detached
  std::vector<Tensor> gradients;  // contiguous, one per parameter
};

Evaluated evaluate(Engine& engine, const Body& body, const Optimizer& it, const Node& node) {
  const at::AutoGradMode on(true);
  Leaves leaves(engine, it.parameters);
  Evaluated done;
  std::vector<Tensor> results = body.call(engine);
  const std::vector<Tensor> xs = leaves.all();
  if (engine.trace) return blame_gradient(engine, results.at(0), node), done;
  if (!all_finite(results.at(0))) return done;
  if (results[0].requires_grad())
    done.gradients = torch::autograd::grad({results[0]}, xs, {}, false, false, /*allow_unused=*/true);
  done.gradients.resize(xs.size());
  bool finite = true;
  for (size_t i = 0; i < xs.size(); ++i) {
    Tensor& g = done.gradients[i];
    g = derivative_of(xs[i], g).contiguous();
    finite = finite && all_finite(g);
  }
  if (finite)
    for (const Tensor& result : results) done.results.push_back(result.detach());
  return done;
}

}  // namespace

Run prepare_minimize(Preparing& preparing, const Node& node) {
  const auto body = preparing.body(node.blocks.at(0));
  const Optimizer it = optimizer_of(node);
  const ValueId rate = node.inputs.at(0);
  const std::vector<ValueId> outs = node.results;
  std::vector<Alignment> aligns;
  for (size_t i = 0; i < outs.size(); ++i)
    aligns.emplace_back(preparing.axes(node.blocks[0].results.at(i)), preparing.axes(outs[i]));
  const Node* self = &node;
  return [=](Engine& engine) {
    const Evaluated done = evaluate(engine, *body, it, *self);
    if (done.results.empty())
      blame(engine, body->block().results.at(0), *self, [&] { evaluate(engine, *body, it, *self); });
    step(engine, it, done.gradients, engine.value(rate).item<double>());
    for (size_t i = 0; i < outs.size(); ++i) engine.value(outs[i]) = aligns[i](done.results[i]);
  };
}

Run prepare_descend(Preparing& preparing, const Node& node) {
  const Optimizer it = optimizer_of(node);
  const std::vector<ValueId> inputs = node.inputs;
  std::vector<Alignment> aligns;
  for (size_t i = 0; i < it.parameters.size(); ++i) {
    const State& state = preparing.engine().program.states.at(static_cast<size_t>(it.parameters[i]));
    aligns.emplace_back(preparing.axes(inputs.at(2 + i)), state.type.axes);
  }
  const Node* self = &node;
  return [=](Engine& engine) {
    require_finite(engine, engine.value(inputs[1]), inputs[1], *self);
    std::vector<Tensor> gradients;
    for (size_t i = 0; i < aligns.size(); ++i) {
      const Tensor& gradient = engine.value(inputs[2 + i]);
      require_finite(engine, gradient, inputs[2 + i], *self);
      gradients.push_back(aligns[i](gradient).contiguous());
    }
    step(engine, it, gradients, engine.value(inputs[0]).item<double>());
    if (self->has("slow")) engine.states.track(self->integers("slow"), it.parameters, self->real("slow_rate"));
  };
}

}  // namespace duet::interp
