#include "runtime/interp/trap.h"

#include <sstream>

namespace duet::interp {

namespace {

/// `x: real[batch: 256] from -0.3 to 2, mean 1`.
std::string describe(const Engine& engine, ValueId id, const Tensor& x) {
  const Value& value = engine.program.values[static_cast<size_t>(id)];
  std::ostringstream text;
  if (!value.name.empty()) text << "`" << value.name << "` ";
  text << to_string(value.type);
  if (!x.defined() || x.numel() == 0) return text.str();
  const Tensor all = x.detach().to(at::kDouble);
  text << (x.numel() == 1 ? " = " : " from ") << all.min().item<double>();
  if (x.numel() > 1) text << " to " << all.max().item<double>() << ", mean " << all.mean().item<double>();
  return text.str();
}

const char* what_of(const Tensor& x) {
  return at::isnan(x).any().item<bool>() ? "NaN" : "an infinity";
}

[[noreturn]] void accuse(const Engine& engine, const Node& node, const std::string& what,
                         const std::vector<Tensor>& inputs) {
  std::string text = "`" + std::string(info(node.op).name) + "` gave " + what;
  std::string help;
  for (size_t i = 0; i < node.inputs.size() && i < inputs.size(); ++i)
    help += (i                        ? "; "
             : node.inputs.size() > 1 ? "its inputs: "
                                      : "its input: ") +
            describe(engine, node.inputs[i], inputs[i]);
  throw Error("E0603", text + (help.empty() ? "" : " (" + help + ")"), {}, node.span);
}

bool is_finite(const Tensor& x) {
  return !x.defined() || all_finite(x);
}

/// While it lives, steps are traced.
class Tracing {
 public:
  explicit Tracing(Engine& engine) : engine_(engine), tick_(engine.tick) { engine.trace = &traced_; }
  ~Tracing() {
    engine_.trace = nullptr;
    engine_.tick = tick_;
  }
  Tracing(const Tracing&) = delete;

 private:
  Engine& engine_;
  uint64_t tick_;
  std::vector<Traced> traced_;
};

}  // namespace

void run_traced(Engine& engine, const Step& step) {
  const Node& node = *step.node;
  std::vector<Tensor> inputs;
  bool finite = true;
  for (const ValueId id : step.uses) finite = finite && is_finite(engine.value(id));
  for (const ValueId id : node.inputs) inputs.push_back(engine.value(id));
  step.run(engine);
  std::vector<Tensor> results;
  for (const ValueId id : node.results) results.push_back(engine.value(id));
  for (const Tensor& result : results)
    if (finite && !inputs.empty() && !is_finite(result)) accuse(engine, node, what_of(result), inputs);
  if (engine.trace && at::GradMode::is_enabled() && node.blocks.empty())
    engine.trace->push_back({&node, inputs, results});
}

void blame(Engine& engine, ValueId id, const Node& node, const std::function<void()>& again) {
  {
    const Tracing tracing(engine);
    std::set<ValueId> seen;
    if (again) {
      // What the block reads from outside comes first.
      const Engine::Definition at = engine.definitions[static_cast<size_t>(id)];
      const uint64_t tick = engine.tick;
      const at::NoGradGuard off;
      if (at.body)
        for (const ValueId used : at.body->outer_uses()) recompute(engine, used, seen);
      engine.tick = tick;
      again();
    } else {
      recompute(engine, id, seen);
    }
  }
  throw Error("E0603", "`" + std::string(info(node.op).name) + "` was about to use a value that is NaN or infinite", {},
              node.span);
}

void require_finite(Engine& engine, const Tensor& x, ValueId id, const Node& node) {
  if (!all_finite(x)) blame(engine, id, node);
}

void blame_gradient(Engine& engine, const Tensor& loss, const Node& node) {
  if (!loss.requires_grad()) return;
  const std::vector<Traced>& traced = *engine.trace;
  // The gradient with respect to every result, then backwards through one operation at a time.
  for (auto it = traced.rbegin(); it != traced.rend(); ++it) {
    std::vector<Tensor> outputs, inputs;
    for (const Tensor& x : it->results)
      if (x.defined() && x.requires_grad() && x.grad_fn()) outputs.push_back(x);
    for (const Tensor& x : it->inputs)
      if (x.defined() && x.requires_grad()) inputs.push_back(x);
    if (outputs.empty() || inputs.empty()) continue;
    const auto arriving = torch::autograd::grad({loss}, outputs, {}, true, false, true);
    std::vector<Tensor> used, gradients;
    bool finite = true;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!arriving[i].defined()) continue;
      finite = finite && all_finite(arriving[i]);
      used.push_back(outputs[i]);
      gradients.push_back(arriving[i]);
    }
    if (used.empty() || !finite) continue;
    for (const Tensor& g : torch::autograd::grad(used, inputs, gradients, true, false, true))
      if (g.defined() && !all_finite(g))
        accuse(engine, *it->node, std::string(what_of(g)) + " as its derivative", it->inputs);
  }
  throw Error("E0603", "the gradient of the loss is NaN or infinite", {}, node.span);
}

}  // namespace duet::interp
