#include "runtime/plan/actor.h"
#include "runtime/plan/trap.h"

/// Rollouts of the true simulator, from the robots that act.
namespace duet::plan {

Run prepare_simulate(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const auto u = preparing.operand(in, preparing.axes(in));
  std::vector<int64_t> each = u.layout.sizes;
  const int64_t action = each.back(), steps = each.front(), elements = u.layout.elements();
  each.pop_back();
  std::vector<int64_t> seen = each;
  seen.push_back(preparing.engine().program.robot.obs);
  const std::vector<std::string>& gives = node.texts("gives");
  std::vector<size_t> sizes;
  for (size_t i = 0; i < node.results.size(); ++i) {
    preparing.allocate(node.results[i], gives[i] == "obs" ? seen : each);
    sizes.push_back(static_cast<size_t>(preparing.layout(node.results[i]).elements()));
  }
  const Node* self = &node;
  return [=](Thread& thread) {
    if (u.copy) u.copy(thread);
    const std::span<const float> controls(u.data(thread), static_cast<size_t>(elements));
    require_finite(thread, controls, *self);
    Rollouts rollouts;
    rollouts.steps = static_cast<size_t>(steps);
    rollouts.rows = static_cast<size_t>(elements / (steps * action));
    rollouts.controls = controls;
    for (size_t i = 0; i < self->results.size(); ++i) {
      const std::span<float> out(thread.value(self->results[i]), sizes[i]);
      (gives[i] == "reward" ? rollouts.rewards : gives[i] == "obs" ? rollouts.observations : rollouts.alive) = out;
    }
    thread.engine.actor->simulate(rollouts);
  };
}

}  // namespace duet::plan
