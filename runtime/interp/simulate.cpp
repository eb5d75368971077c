#include "runtime/interp/actor.h"
#include "runtime/interp/trap.h"

/// Rollouts of the true simulator, from the robots that act.
namespace duet::interp {

namespace {

std::span<float> span_of(Tensor& x) {
  return {x.data_ptr<float>(), static_cast<size_t>(x.numel())};
}

}  // namespace

Run prepare_simulate(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const std::vector<ValueId> results = node.results;
  const std::vector<std::string> gives = node.texts("gives");
  const int64_t obs = preparing.engine().program.robot.obs;
  const Node* self = &node;
  return [=](Engine& engine) {
    if (engine.value(in).requires_grad())
      throw Error("E0618", "there is no derivative of the simulator", "plan with a learned model along gradients");
    Tensor u = engine.value(in).contiguous();
    require_finite(engine, u, in, *self);
    const std::vector<int64_t> each = u.sizes().slice(0, static_cast<size_t>(u.dim() - 1)).vec();
    std::vector<int64_t> seen = each;
    seen.push_back(obs);
    Rollouts rollouts;
    rollouts.steps = static_cast<size_t>(u.size(0));
    rollouts.rows = static_cast<size_t>(u.numel() / (u.size(0) * u.size(-1)));
    rollouts.controls = span_of(u);
    for (size_t i = 0; i < results.size(); ++i) {
      Tensor& out = engine.value(results[i]) = at::empty(gives[i] == "obs" ? seen : each, at::kFloat);
      (gives[i] == "reward" ? rollouts.rewards
       : gives[i] == "obs"  ? rollouts.observations
                            : rollouts.alive) = span_of(out);
    }
    engine.actor->simulate(rollouts);
  };
}

}  // namespace duet::interp
