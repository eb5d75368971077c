#include <algorithm>
#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/elaborate/quantities.h"

/// The clauses of a robot that make blocks of their own.
namespace duet {

namespace {

constexpr double kUnlimited = 1e30;

/// Finds out whether an expression looks at the moment after the physics of a step: at a primed quantity, or at the
/// primed name of a variable that is computed then. Functions are followed.
class StepSight {
 public:
  StepSight(const RobotScript& script, const Library& library, std::function<bool(const std::string&)> is_before)
      : script_(script), library_(library), is_before_(std::move(is_before)) {}

  bool in(const ast::Expr& expr) { return expression(expr, {}); }

 private:
  using Names = std::set<std::string>;

  bool expression(const ast::Expr& e, Names bound) {
    for (const ast::Binding& binding : e.bindings) {
      for (const ast::Name& name : binding.names) bound.insert(name.text);
    }
    if (e.kind == ast::ExprKind::name && name(e.text, bound)) return true;
    for (const auto& child : e.children)
      if (expression(*child, bound)) return true;
    for (const ast::Argument& argument : e.arguments)
      if (expression(*argument.value, bound)) return true;
    for (const ast::Selector& selector : e.selectors)
      for (const auto* end : {selector.range.from.get(), selector.range.to.get()})
        if (end && expression(*end, bound)) return true;
    for (const ast::Binding& binding : e.bindings) {
      Names inner = bound;
      for (const ast::Parameter& parameter : binding.parameters) inner.insert(parameter.name.text);
      if (expression(*binding.value, inner)) return true;
    }
    return false;
  }

  bool name(const std::string& name, const Names& bound) {
    if (bound.count(name)) return false;
    if (name.ends_with('\'')) return !is_before_(name.substr(0, name.size() - 1));
    const ast::Method* function = function_called(name);
    if (!function || !function->value || !visited_.insert(function).second) return false;
    Names parameters;
    for (const ast::Parameter& parameter : function->parameters) parameters.insert(parameter.name.text);
    return expression(*function->value, parameters);
  }

  const ast::Method* function_called(const std::string& name) const {
    for (const ast::Method* method : script_.methods)
      if (method->name.text == name) return method;
    const ast::Item* item = library_.find(name);
    const auto* function = item ? std::get_if<ast::Function>(&item->as) : nullptr;
    return function ? &function->method : nullptr;
  }

  const RobotScript& script_;
  const Library& library_;
  std::function<bool(const std::string&)> is_before_;
  std::set<const ast::Method*> visited_;
};

}  // namespace

/// The size and the limits of the action, and what happens outside of them.
void Elaborator::robot_action() {
  RobotProgram& robot = program_.robot;
  const ast::ActionClause* clause = robot_->action;
  robot.action = facts_ ? facts_->nu : kUnknownSize;
  if (clause && clause->size)
    safely([&] { robot.action = steps_of(*clause->size, robot_scope_, "the size of the action"); });
  if (!robot_->control && facts_ && robot.action != facts_->nu)
    error("E0516", clause->size->span,
          "the action has " + std::to_string(robot.action) + " elements, but the model " + std::to_string(facts_->nu) +
              " actuators")
        .help("say by `control ...` what the actuators do");
  top_->bind_axis({"action", robot.action});
  if (facts_ && !robot_->control)
    for (const ActuatorFact& actuator : facts_->actuators) {
      robot.low.push_back(actuator.limited ? actuator.low : -kUnlimited);
      robot.high.push_back(actuator.limited ? actuator.high : kUnlimited);
    }
  if (!clause) return;
  if (clause->limits) safely([&] { action_limits(*clause->limits); });
  if (!clause->outside) return;
  static const std::map<std::string, OutsideLimits> rules = {
      {"pass", OutsideLimits::pass}, {"clip", OutsideLimits::clip}, {"refuse", OutsideLimits::refuse}};
  const auto it = rules.find(clause->outside->text);
  if (it == rules.end()) {
    error("E0517", clause->outside->span,
          "an action outside its limits is not treated by `" + clause->outside->text + "`")
        .help(nearest(clause->outside->text, {"pass", "clip", "refuse"})
                  ? did_you_mean(clause->outside->text, {"pass", "clip", "refuse"})
                  : "it can `pass`, be moved to the limit by `clip`, or stop the run by `refuse`");
    return;
  }
  robot.outside = it->second;
}

void Elaborator::action_limits(const ast::Expr& limits) {
  RobotProgram& robot = program_.robot;
  OpenBlock scratch(builder_);
  const Thing thing = evaluate(limits, robot_scope_);
  const auto* interval = std::get_if<std::shared_ptr<const Interval>>(&thing);
  if (!interval)
    fail(error("E0516", limits.span, "limits of the action are a range, found " + kind_name(thing))
             .help("for example `within -1..1`, or `within [-1, -2]..[1, 2]`"));
  const auto numbers = [&](const Thing& end, const ast::Expr& expr) {
    const auto* list = std::get_if<std::shared_ptr<const List>>(&end);
    std::vector<double> values;
    if (list)
      for (size_t i = 0; i < (*list)->items.size(); ++i)
        values.push_back(number_of((*list)->items[i], (*list)->spans[i], "a limit of the action"));
    else if (robot.action != kUnknownSize)
      values.assign(static_cast<size_t>(robot.action), number_of(end, expr.span, "a limit of the action"));
    if (robot.action != kUnknownSize && static_cast<int64_t>(values.size()) != robot.action)
      fail(error(
          "E0516", expr.span,
          "there are " + std::to_string(values.size()) + " limits for an action of " + std::to_string(robot.action)));
    return values;
  };
  const std::vector<double> low = numbers((*interval)->from, *limits.children[0]);
  const std::vector<double> high = numbers((*interval)->to, *limits.children[1]);
  for (size_t i = 0; i < low.size() && i < high.size(); ++i)
    if (!(low[i] < high[i]))
      fail(error("E0516", limits.span,
                 "element " + std::to_string(i) + " of the action would lie within " + std::to_string(low[i]) +
                     " and " + std::to_string(high[i])));
  if (robot.action == kUnknownSize) return;
  robot.low = low;
  robot.high = high;
}

/// The numbers of the episode.
void Elaborator::randomize() {
  if (robot_->randomize.empty()) return;
  RobotProgram& robot = program_.robot;
  safely([&] {
    robot.randomize = robot_block(FrameKind::draw, [&] {
      for (const ast::Binding* binding : robot_->randomize)
        robot_names_[binding->names[0].text] = {{}, false, false, binding->names[0].span};
      std::vector<ValueId> results;
      in_reset_ = true;
      struct Restore {
        bool& flag;
        ~Restore() { flag = false; }
      } restore{in_reset_};
      for (const ast::Binding* binding : robot_->randomize) {
        const std::string& name = binding->names[0].text;
        if (find_quantity(name) || name.ends_with('\''))
          fail(error("E0202", binding->names[0].span, "`" + name + "` is a quantity of the simulator")
                   .help("give the number another name, and use it by `set " + name + "[...] = ...`"));
        std::vector<Axis> declared = axes(binding->axes, robot_scope_);
        for (const Axis& axis : declared) robot_scope_->bind_axis(axis);
        reset_axes_ = declared;
        const ValueId drawn = tensor(*binding->value, robot_scope_);
        // It has the axes that are declared, and those that its value has.
        if (const auto clash = clashing_axis(declared, builder_.type(drawn).axes))
          fail(error("E0301", binding->span, "axis `" + *clash + "` has two different sizes")
                   .label(binding->value->span, to_string(builder_.type(drawn))));
        const Type type{Kind::real, *merge_axes(builder_.type(drawn).axes, declared)};
        const ValueId value =
            builder_.cast(builder_.expand(drawn, type.axes, binding->span), Kind::real, binding->span);
        robot_names_[name].type = type;
        robot_frame_->made[name] = value;
        robot.drawn.push_back({name, type});
        results.push_back(value);
      }
      return results;
    });
  });
}

/// The constants of the model that an episode changes.
void Elaborator::set_constants() {
  if (robot_->edits.empty()) return;
  RobotProgram& robot = program_.robot;
  safely([&] {
    robot.edit = robot_block(FrameKind::set, [&] {
      std::vector<ValueId> results;
      for (const ast::ModelEdit* edit : robot_->edits)
        safely([&] {
          Type left;
          const ModelEdit elements = edited_elements(*edit, left);
          const ValueId value = tensor(*edit->value, robot_scope_);
          results.push_back(fit(edit->quantity.text, left, edit->span, value, edit->value->span));
          robot.edits.push_back(elements);
        });
      return results;
    });
  });
}

/// Which elements of an array of the model a `set` clause writes; `left` becomes their type.
ModelEdit Elaborator::edited_elements(const ast::ModelEdit& edit, Type& left) {
  const RobotQuantity* quantity = find_quantity(edit.quantity.text);
  if (!quantity || quantity->constant != Constant::settable) {
    std::vector<std::string> known;
    for (const RobotQuantity& each : robot_quantities())
      if (each.constant == Constant::settable) known.push_back(each.name);
    auto report = error("E0518", edit.quantity.span, "`" + edit.quantity.text + "` cannot be set");
    if (quantity)
      report.here(quantity->constant == Constant::fixed ? "fixed when the model is compiled"
                                                        : "the simulator computes it");
    fail(report.help(nearest(edit.quantity.text, known)
                         ? did_you_mean(edit.quantity.text, known)
                         : "constants of the model can, such as `body_mass[\"torso\"]`"));
  }
  if (!facts_) throw Failed{};  // nothing can be said without the model
  struct Cut {
    Axis axis;
    int64_t from, count;
    bool one = false;
  };
  std::vector<Cut> cuts;
  for (const Axis& axis : type_of(*quantity, facts_).axes) cuts.push_back({axis, 0, axis.size});
  const auto rest = [&] {
    Type type;
    for (const Cut& cut : cuts)
      if (!cut.one) type.axes.push_back({cut.axis.name, cut.count});
    return type;
  };
  for (const ast::Selector& selector : edit.selectors) {
    const bool named = !selector.axis && selector.range.from && selector.range.from->kind == ast::ExprKind::string;
    const auto it = std::find_if(cuts.begin(), cuts.end(), [&](const Cut& cut) {
      if (cut.one) return false;
      return selector.axis ? cut.axis.name == selector.axis->text : !named || is_named_axis(cut.axis.name);
    });
    if (it == cuts.end() || selector.index)
      fail(error("E0316", selector.span, "there is no such axis left to choose from").here(to_string(rest())));
    if (named) {
      const NamedPart part = named_part(it->axis.name, selector.range.from->text, selector.span);
      *it = {it->axis, part.at, std::max<int64_t>(part.count, 1), part.count <= 1};
      continue;
    }
    const auto place = [&](const ast::ExprPtr& expr, int64_t otherwise) {
      return expr ? position(*expr, robot_scope_, it->axis.size).value_or(0) : otherwise;
    };
    const int64_t from = place(selector.range.from, 0);
    const int64_t to = selector.range.is_range ? place(selector.range.to, it->axis.size) : from + 1;
    if (from < 0 || to > it->axis.size || to <= from)
      fail(error("E0314", selector.span,
                 "this is outside axis `" + it->axis.name + "` of size " + std::to_string(it->axis.size)));
    *it = {it->axis, from, to - from, !selector.range.is_range};
  }
  left = rest();
  ModelEdit result{edit.quantity.text, {}};
  const int64_t columns = cuts.size() > 1 ? cuts[1].axis.size : 1;
  for (int64_t row = cuts[0].from; row < cuts[0].from + cuts[0].count; ++row) {
    if (cuts.size() == 1) result.elements.push_back(row);
    for (int64_t column = 0; cuts.size() > 1 && column < cuts[1].count; ++column)
      result.elements.push_back(row * columns + cuts[1].from + column);
  }
  return result;
}

/// The value as a vector along `axis` alone.
ValueId Elaborator::plain_vector(ValueId id, const Axis& axis, Span span, const std::string& what) {
  const ValueId vector = as_vector(id, axis, span, what);
  const Type& type = builder_.type(vector);
  if (type.axes.size() == 1) return vector;
  auto report =
      error("E0312", span, what + " must be a vector along `" + to_string(axis) + "` alone").here(to_string(type));
  if (type.has("action"))
    report.help("`action` is an axis of its own; `action[..]` is a vector that takes the name of what it meets");
  fail(report);
}

/// qpos and qvel at the start of an episode, and whether they are accepted.
void Elaborator::reset_block() {
  static const std::vector<ast::Binding> none;
  const std::vector<ast::Binding>& bindings = robot_->reset ? robot_->reset->bindings : none;
  for (const ast::Binding& binding : bindings)
    if (binding.names[0].text != "qpos" && binding.names[0].text != "qvel")
      error("E0512", binding.names[0].span, "a reset sets `qpos` and `qvel`, not `" + binding.names[0].text + "`")
          .help(did_you_mean(binding.names[0].text, {"qpos", "qvel"}));
  in_reset_ = true;
  struct Restore {
    bool& flag;
    ~Restore() { flag = false; }
  } restore{in_reset_};
  program_.robot.reset = robot_block(FrameKind::reset, [&] {
    reset_axes_ = {};
    const ScopePtr scope = robot_->reset ? with(robot_->reset->where, robot_scope_) : robot_scope_;
    std::vector<ValueId> results;
    for (const char* name : {"qpos", "qvel"}) {
      const bool position = std::string(name) == "qpos";
      const Axis axis{name, facts_ ? (position ? facts_->nq : facts_->nv) : kUnknownSize};
      reset_axes_ = {axis};
      const auto given = std::find_if(bindings.begin(), bindings.end(),
                                      [&](const ast::Binding& binding) { return binding.names[0].text == name; });
      ValueId value;
      if (given != bindings.end()) {
        value = tensor(*given->value, scope);
        if (builder_.type(value).axes.empty()) value = builder_.expand(value, {axis}, given->span);
        value = plain_vector(value, axis, given->value->span, std::string("the start of `") + name + "`");
      } else {
        value = position ? std::get<Tensor>(*robot_quantity("qpos0", {})).id
                         : builder_.expand(builder_.constant(0, {}), {axis}, {});
      }
      results.push_back(value);
    }
    reset_axes_ = {};
    if (robot_->reset && robot_->reset->until)
      results.push_back(scalar(*robot_->reset->until, scope, "the condition of a start"));
    return results;
  });
}

/// Decides for each variable whether it is computed before or after the physics of a step.
void Elaborator::order_variables() {
  const auto is_before = [&](const std::string& name) {
    const auto it = robot_names_.find(name);
    return it != robot_names_.end() && it->second.variable && it->second.before;
  };
  for (const ast::RobotVariable* variable : robot_->variables) {
    if (find_quantity(variable->name.text) || variable->name.text.ends_with('\'')) {
      error("E0202", variable->name.span, "`" + variable->name.text + "` is a quantity of the simulator");
      continue;
    }
    RobotName& own = robot_names_[variable->name.text];
    own = {{}, true, true, variable->name.span};
    if (variable->next) own.before = !StepSight(*robot_, library_, is_before).in(*variable->next);
  }
}

/// The variables' types and first values.
void Elaborator::start_variables() {
  if (robot_->variables.empty()) return;
  RobotProgram& robot = program_.robot;
  safely([&] {
    robot.start = robot_block(FrameKind::start, [&] {
      std::vector<ValueId> results;
      for (const ast::RobotVariable* variable : robot_->variables) {
        const std::string& name = variable->name.text;
        if (!robot_names_.count(name)) throw Failed{};
        const std::vector<Axis> declared = axes(variable->axes, robot_scope_);
        for (const Axis& axis : declared) robot_scope_->bind_axis(axis);
        const ValueId first = tensor(*variable->initial, robot_scope_);
        const Type type{Kind::real, declared.empty() ? builder_.type(first).axes : declared};
        const ValueId value =
            builder_.cast(fit(name, type, variable->span, first, variable->initial->span), Kind::real, variable->span);
        robot_names_[name].type = type;
        robot_frame_->made[name] = value;
        robot.variables.push_back({name, type});
        results.push_back(value);
      }
      return results;
    });
  });
}

/// The next values of the variables that are computed before the physics of a step, or of those computed after it.
void Elaborator::change_variables(bool before) {
  RobotProgram& robot = program_.robot;
  if (robot.variables.size() != robot_->variables.size()) return;  // their starts are wrong
  std::vector<int64_t> which;
  for (size_t i = 0; i < robot_->variables.size(); ++i)
    if (robot_->variables[i]->next && robot_names_[robot_->variables[i]->name.text].before == before)
      which.push_back(static_cast<int64_t>(i));
  if (which.empty()) return;
  safely([&] {
    RobotBlock block = robot_block(before ? FrameKind::before : FrameKind::after, [&] {
      std::vector<ValueId> results;
      for (const int64_t i : which) {
        const ast::RobotVariable& variable = *robot_->variables[static_cast<size_t>(i)];
        const RobotName& own = robot_names_[variable.name.text];
        const ValueId next = tensor(*variable.next, robot_scope_);
        const ValueId value = builder_.cast(fit(variable.name.text, own.type, variable.span, next, variable.next->span),
                                            Kind::real, variable.span);
        robot_frame_->made[variable.name.text + "'"] = value;
        results.push_back(value);
      }
      return results;
    });
    (before ? robot.before : robot.after) = std::move(block);
    (before ? robot.before_variables : robot.after_variables) = which;
  });
}

void Elaborator::control() {
  if (!robot_->control) return;
  RobotProgram& robot = program_.robot;
  const ast::Expr& law = *robot_->control->value;
  robot.control_each_frame = robot_->control->each_frame;
  robot.control = robot_block(FrameKind::control, [&] {
    ValueId value = tensor(law, robot_scope_);
    const Axis axis{"ctrl", facts_ ? facts_->nu : kUnknownSize};
    if (builder_.type(value).has("action") && !builder_.type(value).has("ctrl"))
      value = builder_.rename(value, "action", "_", law.span);
    return std::vector<ValueId>{plain_vector(value, axis, law.span, "the control")};
  });
}

}  // namespace duet
