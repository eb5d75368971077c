#include <algorithm>

#include "compiler/elaborate/elaborator.h"

/// Rollouts of the robot's own simulator: `x = state; each H: (r, x') = robot.step(x, u)`.
namespace duet {

namespace {

bool mentions(const ast::Expr& expr, const std::set<std::string>& names);

bool mentions(const ast::ExprPtr& expr, const std::set<std::string>& names) {
  return expr && mentions(*expr, names);
}

/// Whether one of `names` stands anywhere in the expression.
bool mentions(const ast::Expr& expr, const std::set<std::string>& names) {
  if (expr.kind == ast::ExprKind::name && names.count(expr.text)) return true;
  const auto any = [&](const auto& parts, const auto& in) { return std::any_of(parts.begin(), parts.end(), in); };
  return any(expr.children, [&](const ast::ExprPtr& child) { return mentions(child, names); }) ||
         any(expr.arguments, [&](const ast::Argument& argument) { return mentions(argument.value, names); }) ||
         any(expr.bindings, [&](const ast::Binding& binding) { return mentions(binding.value, names); }) ||
         any(expr.selectors, [&](const ast::Selector& selector) {
           return mentions(selector.range.from, names) || mentions(selector.range.to, names);
         });
}

/// All names that a rollout binds.
std::set<std::string> names_in(const ast::Rollout& rollout) {
  std::set<std::string> names;
  const auto add = [&](const ast::Binding& binding) {
    for (const ast::Name& name : binding.names) names.insert(name.text);
  };
  for (const ast::Binding& binding : rollout.initial) add(binding);
  for (const auto& step : rollout.steps)
    if (const auto* binding = std::get_if<ast::Binding>(&step)) add(*binding);
  return names;
}

}  // namespace

/// What the robot's script itself calls so: a function or a parameter.
const Thing* Elaborator::robot_member(const std::string& name) const {
  const Thing* thing = robot_scope_ ? robot_scope_->find(name) : nullptr;
  const bool member = thing && (std::get_if<std::shared_ptr<const Function>>(thing) || std::get_if<Number>(thing) ||
                                std::get_if<std::shared_ptr<const List>>(thing));
  return member ? thing : nullptr;
}

/// `robot.step(...)`, unless the robot's script calls something else so.
bool Elaborator::is_robot_step(const ast::Expr& expr, const ScopePtr& scope) const {
  if (expr.kind != ast::ExprKind::call || expr.children[0]->kind != ast::ExprKind::field) return false;
  const ast::Expr& field = *expr.children[0];
  if (field.text != "step" || field.children[0]->kind != ast::ExprKind::name || robot_member("step")) return false;
  const Thing* base = scope->find(field.children[0]->text);
  return base && std::get_if<RobotRef>(base);
}

std::optional<Elaborator::SimulatedStep> Elaborator::simulated_step(const ast::Rollout& rollout, const Scan& scan,
                                                                    const ScopePtr& scope) {
  for (const auto& step : rollout.steps) {
    const auto* binding = std::get_if<ast::Binding>(&step);
    if (!binding || !is_robot_step(*binding->value, scope)) continue;
    check_simulated(rollout, scan, *binding, scope);
    const ast::Expr& control = *binding->value->arguments[1].value;
    const int64_t before = draws_;
    const ValueId u = simulated_controls(control, rollout.part.has_value(), scan, scope);
    if (draws_ != before && !binding->draws)
      fail(error("E0409", control.span, "this draws random numbers").help("say so: bind it with `~`"));
    if (draws_ == before && binding->draws)
      fail(error("E0410", binding->value->span, "nothing is drawn here").help("bind it with `=`"));
    Type each = builder_.type(u).without("action"), seen = each;
    seen.axes.push_back({"obs", program_.robot.obs});
    Attributes attributes{{"axis", scan.axis.name}, {"gives", std::vector<std::string>{"reward", "obs", "alive"}}};
    if (!lifted_.empty()) attributes["robots"] = lifted_[0].name;
    return SimulatedStep{binding, builder_.emit(Op::simulate, {u}, {each, seen, each}, binding->span, attributes)};
  }
  return std::nullopt;
}

/// The simulator goes on from the robot's whole state, step by step, and from nothing else.
void Elaborator::check_simulated(const ast::Rollout& rollout, const Scan& scan, const ast::Binding& binding,
                                 const ScopePtr& scope) {
  const ast::Expr& call = *binding.value;
  if (record_memory_ >= 0)
    fail(error("E0443", call.span, "a memory holds no states of the simulator to begin from")
             .help("what is recorded comes from a model; plans on the simulator are for `interact` and `evaluate`"));
  if (call.arguments.size() != 2 || call.arguments[0].kind != ast::Argument::Kind::positional ||
      call.arguments[1].kind != ast::Argument::Kind::positional)
    fail(error("E0327", call.span, "`robot.step` takes what was observed and the control")
             .help("write `(r, x') = robot.step(x, u)`"));
  if (binding.names.size() != 2 && binding.names.size() != 3)
    fail(error("E0345", binding.span, "a step of the simulator gives two or three values")
             .help("`(r, x')`, or `(r, x', alive)`: reward, next observation, and whether the episode goes on"));
  const ast::Expr& from = *call.arguments[0].value;
  const auto same = [&](const std::string& name) {
    const Thing *thing = scope->find(name), *state = scope->find("state");
    const auto *x = thing ? std::get_if<Tensor>(thing) : nullptr, *s = state ? std::get_if<Tensor>(state) : nullptr;
    return x && s && x->id == s->id;
  };
  const bool carried = std::any_of(rollout.initial.begin(), rollout.initial.end(), [&](const ast::Binding& initial) {
    return initial.names.size() == 1 && initial.names[0].text == from.text;
  });
  if (from.kind != ast::ExprKind::name || !carried || !same(from.text))
    fail(error("E0441", from.span, "the simulator goes on from where the robot is, which must be `state`")
             .help("begin the rollout with `x = state`, and step from `x`"));
  size_t bound = 0;
  for (const auto& step : rollout.steps)
    if (const auto* each = std::get_if<ast::Binding>(&step))
      for (const ast::Name& name : each->names) bound += name.text == from.text || name.text == from.text + "'";
  const std::string& next = binding.names[1].text;
  if ((next != from.text && next != from.text + "'") || bound != 1)
    fail(error("E0441", binding.names[1].span,
               "each step of the simulator goes on from the one before: `" + from.text + "` is what it gave there")
             .help("write `(r, " + from.text + "') = robot.step(" + from.text + ", u)`, and bind `" + from.text +
                   "` nowhere else"));
  if (scan.from != 0)
    fail(error("E0441", rollout.part->span,
               "the simulator goes on from now, which is the first step of `" + scan.axis.name + "`")
             .help("leave the beginning of the part open, as in `each " + scan.axis.name + "[..-2]`"));
  if (mentions(call.arguments[1].value, names_in(rollout)))
    fail(error("E0442", call.arguments[1].value->span, "this control depends on what is simulated")
             .help("the controls of all steps must be known before the rollout, such as a drawn `u`"));
}

/// The controls of all steps, in the order of axes that `simulate` wants.
ValueId Elaborator::simulated_controls(const ast::Expr& control, bool part, const Scan& steps, const ScopePtr& scope) {
  const Axis action{"action", program_.robot.action};
  const auto control_in = [&](const ScopePtr& inner) {
    const ValueId u = as_vector(tensor(control, inner), action, control.span, "a control");
    return builder_.cast(u, Kind::real, control.span);
  };
  // A name stands for all steps already; anything else is worked out step by step, as its slices are meant.
  const Thing* named = control.kind == ast::ExprKind::name ? scope->find(control.text) : nullptr;
  const auto* whole = named && !part ? std::get_if<Tensor>(named) : nullptr;
  ValueId u;
  if (whole && builder_.type(whole->id).has(steps.axis.name)) {
    u = control_in(scope);
  } else {
    Scan scan;
    scan.axis = steps.axis;
    scan.count = steps.count;
    scan.body = [&](ValueId, const std::vector<ValueId>&, std::vector<ValueId>&, std::vector<ValueId>& outputs) {
      outputs = {control_in(nested(scope))};
    };
    u = this->scan(scan, control.span)[0];
  }
  std::vector<Axis> axes{{steps.axis.name, steps.count}};
  axes.insert(axes.end(), lifted_.begin(), lifted_.end());
  for (const Axis& axis : builder_.type(u).axes) {
    if (axis.name == "action" ||
        std::any_of(axes.begin(), axes.end(), [&](const Axis& a) { return a.name == axis.name; }))
      continue;
    if (is_vector_axis(axis.name))
      fail(
          error("E0312", control.span, "a control is a vector along `action` alone").here(to_string(builder_.type(u))));
    axes.push_back(axis);
  }
  axes.push_back(action);
  return builder_.expand(u, axes, control.span);
}

void Elaborator::bind_simulated(const SimulatedStep& step, const ScopePtr& scope) {
  for (size_t i = 0; i < step.binding->names.size(); ++i) {
    const ast::Name& name = step.binding->names[i];
    scope->bind(name.text, Tensor{use(step.results[i])}, name.span);
  }
}

}  // namespace duet
