#include <algorithm>
#include <stdexcept>

#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {
constexpr size_t kMostAxes = 16;
}

/// Runs `scan.body` until the types of the carried values no longer grow, and emits the scan.
std::vector<ValueId> Elaborator::scan(Scan scan, Span span) {
  std::vector<Type> carried;
  for (const ValueId id : scan.carries) carried.push_back(builder_.type(id));
  // Each attempt gives one of them at least one axis more, and an axis has a name that the script wrote.
  const size_t attempts = 1 + kMostAxes * carried.size();
  for (size_t attempt = 0; attempt < attempts; ++attempt) {
    OpenBlock open(builder_);
    scans_.push_back({scan.axis.name, static_cast<ValueId>(program_.values.size()), {}, {}, &builder_.block()});
    struct Pop {
      std::vector<ScanFrame>& frames;
      ~Pop() { frames.pop_back(); }
    } pop{scans_};
    const ValueId h = builder_.parameter({}, "h");
    std::vector<ValueId> now, next, outputs;
    for (size_t i = 0; i < carried.size(); ++i) now.push_back(builder_.parameter(carried[i], scan.names[i]));
    scan.body(h, now, next, outputs);
    bool grown = false;
    for (size_t i = 0; i < carried.size(); ++i) {
      // An unnamed vector goes on as the vector that is carried.
      if (const auto axis = vector_axis(carried[i]); axis && *axis != "_" && vector_axis(builder_.type(next[i])) == "_")
        next[i] = as_vector(next[i], {*axis, carried[i].size_of(*axis)}, span, "`" + scan.names[i] + "`");
      const Type& type = builder_.type(next[i]);
      if (const auto clash = clashing_axis(carried[i].axes, type.axes))
        fail(error("E0301", span, "axis `" + *clash + "` of `" + scan.names[i] + "` changes its size from step to step")
                 .note("before: " + to_string(carried[i]))
                 .note("after: " + to_string(type)));
      const auto merged = merge_axes(carried[i].axes, type.axes);
      if (merged->size() > carried[i].axes.size()) {
        grown = true;
        carried[i].axes = *merged;
      }
    }
    if (grown) continue;
    for (size_t i = 0; i < carried.size(); ++i) next[i] = builder_.expand(next[i], carried[i].axes, span);
    std::vector<ValueId> inputs;
    std::vector<Type> results = carried;
    for (const ValueId id : outputs) {
      Type stacked = builder_.type(id);
      stacked.axes.insert(stacked.axes.begin(), {scan.axis.name, scan.count});
      results.push_back(stacked);
    }
    const std::vector<ValueId> sequences = scans_.back().sequences;
    builder_.block().results = next;
    builder_.block().results.insert(builder_.block().results.end(), outputs.begin(), outputs.end());
    Block block = open.close();
    for (size_t i = 0; i < carried.size(); ++i)
      inputs.push_back(builder_.expand(scan.carries[i], carried[i].axes, span));
    inputs.insert(inputs.end(), sequences.begin(), sequences.end());
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    return builder_.emit(Op::scan, inputs, results, span,
                         {{"axis", scan.axis.name},
                          {"from", scan.from},
                          {"count", scan.count},
                          {"carries", static_cast<int64_t>(carried.size())},
                          {"sequences", static_cast<int64_t>(sequences.size())}},
                         std::move(blocks));
  }
  throw std::logic_error("the axes of the carried values keep growing from step to step");
}

void Elaborator::rollout(const ast::Rollout& rollout, const ScopePtr& scope) {
  for (const ast::Binding& binding : rollout.initial) bind(binding, scope);
  Scan scan;
  const ast::Axis named{rollout.axis, nullptr, rollout.axis.span};
  scan.axis = axis(named, scope);
  scan.count = scan.axis.size;
  if (rollout.part) {
    const auto end = [&](const ast::ExprPtr& expr, int64_t otherwise) {
      return expr ? position(*expr, scope, scan.axis.size).value_or(otherwise) : otherwise;
    };
    scan.from = end(rollout.part->from, 0);
    const int64_t to = end(rollout.part->to, scan.axis.size);
    if ((to != kUnknownSize && to <= scan.from) || (scan.axis.size != kUnknownSize && to > scan.axis.size))
      fail(error("E0314", rollout.part->span, "this part of axis `" + scan.axis.name + "` has no steps")
               .here(std::to_string(scan.from) + ".." + std::to_string(to)));
    scan.count = to == kUnknownSize ? kUnknownSize : to - scan.from;
  }
  const auto bound_in_steps = [&](const std::string& name) {
    for (const auto& step : rollout.steps)
      if (const auto* binding = std::get_if<ast::Binding>(&step))
        for (const ast::Name& bound : binding->names)
          if (bound.text == name) return true;
    return false;
  };
  std::vector<std::string> primes;
  for (const ast::Binding& binding : rollout.initial) {
    if (binding.names.size() != 1) continue;
    const std::string& name = binding.names[0].text;
    if (!bound_in_steps(name) && !bound_in_steps(name + "'")) continue;
    scan.names.push_back(name);
    const ValueId initial = tensor(*scope->find(name), binding.value->span);
    scan.carries.push_back(initial);
  }
  const std::optional<SimulatedStep> simulated = simulated_step(rollout, scan, scope);
  std::vector<std::string> stacked;
  std::vector<Span> spans;
  scan.body = [&](ValueId, const std::vector<ValueId>& now, std::vector<ValueId>& next, std::vector<ValueId>& outputs) {
    const ScopePtr inner = nested(scope);
    for (size_t i = 0; i < now.size(); ++i) inner->bind(scan.names[i], Tensor{now[i]}, rollout.span);
    for (const auto& step : rollout.steps) {
      const auto* binding = std::get_if<ast::Binding>(&step);
      if (binding && simulated && binding == simulated->binding)
        bind_simulated(*simulated, inner);
      else if (binding)
        bind(*binding, inner);
      else
        store(std::get<ast::Store>(step), inner);
    }
    for (const std::string& name : scan.names) {
      const std::string after = bound_in_steps(name + "'") ? name + "'" : name;
      next.push_back(tensor(*inner->find(after), rollout.span));
    }
    stacked.clear();
    for (const auto& step : rollout.steps)
      if (const auto* binding = std::get_if<ast::Binding>(&step))
        for (const ast::Name& name : binding->names) {
          const bool carried = std::any_of(scan.names.begin(), scan.names.end(),
                                           [&](const auto& c) { return c == name.text || c + "'" == name.text; });
          if (carried || std::find(stacked.begin(), stacked.end(), name.text) != stacked.end()) continue;
          const Thing* thing = inner->find(name.text);
          if (!thing || !(std::get_if<Tensor>(thing) || std::get_if<Number>(thing))) continue;
          stacked.push_back(name.text);
          outputs.push_back(tensor(*thing, name.span));
        }
  };
  const std::vector<ValueId> results = this->scan(scan, rollout.span);
  for (size_t i = 0; i < results.size(); ++i) {
    const std::string& name = i < scan.names.size() ? scan.names[i] : stacked[i - scan.names.size()];
    builder_.name(results[i], name);
    note_type(rollout.span, name, Tensor{results[i]});
    scope->bind(name, Tensor{results[i]}, rollout.span);
  }
}

/// `policy along model over H`: the actions of the policy when it is followed through the model from `state`.
Thing Elaborator::along(const ast::Expr& expr, const ScopePtr& scope) {
  const Thing policy_thing = evaluate(*expr.children[0], scope), model = evaluate(*expr.children[1], scope);
  const auto* policy = std::get_if<std::shared_ptr<const Function>>(&policy_thing);
  if (!policy || (*policy)->planner)
    fail(error("E0348", expr.children[0]->span,
               "expected a policy such as `agent.act`, found " + kind_name(policy_thing)));
  Thing step;
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(&model))
    step = member_of(*module, "step", {}, expr.children[1]->span);
  else if (const auto* choice = std::get_if<std::shared_ptr<const ModuleChoice>>(&model))
    step = member_of((*choice)->module, "step", (*choice)->use, expr.children[1]->span);
  else
    fail(error("E0348", expr.children[1]->span, "expected a model with a `step`, found " + kind_name(model)));
  const auto transition = std::get<std::shared_ptr<const Function>>(step);

  Scan scan;
  scan.axis = axis({{expr.text, expr.text_span}, nullptr, expr.text_span.known() ? expr.text_span : expr.span}, scope);
  scan.count = scan.axis.size;
  scan.names = {"x"};
  scan.carries = {tensor(lookup("state", expr.span, scope), expr.span)};
  scan.body = [&](ValueId, const std::vector<ValueId>& now, std::vector<ValueId>& next, std::vector<ValueId>& outputs) {
    const Thing x = Tensor{now[0]};
    Thing action = call_function(**policy, {{{x, expr.span}}, {}, {}}, expr.children[0]->span);
    if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&action))
      action = Tensor{draw(**d, {}, expr.span)};
    const Thing after =
        call_function(*transition, {{{x, expr.span}, {action, expr.span}}, {}, {}}, expr.children[1]->span);
    const auto* pair = std::get_if<std::shared_ptr<const Tuple>>(&after);
    if (!pair || (*pair)->items.size() != 2)
      fail(error("E0348", expr.children[1]->span, "a model's `step` gives (reward, next observation)"));
    next = {tensor((*pair)->items[1], expr.span)};
    outputs = {tensor(action, expr.span)};
  };
  return Tensor{this->scan(scan, expr.span)[1]};
}

void Elaborator::store(const ast::Store& store, const ScopePtr& scope) {
  if (record_memory_ < 0) fail(error("E0412", store.span, "`store` belongs into a planner's `record`"));
  const ast::Expr& tuple = *store.transition;
  if (tuple.kind != ast::ExprKind::tuple || tuple.children.size() != 5)
    fail(error("E0412", tuple.span, "a transition is stored as (obs, action, reward, obs', alive)"));
  std::vector<ValueId> parts;
  static const char* const names[] = {"obs", "action", "reward", "obs'", "alive"};
  const Axis vectors[] = {
      {"obs", program_.robot.obs}, {"action", program_.robot.action}, {}, {"obs", program_.robot.obs}, {}};
  for (size_t i = 0; i < 5; ++i) {
    ValueId part = tensor(*tuple.children[i], scope);
    if (!vectors[i].name.empty())
      part = as_vector(part, vectors[i], tuple.children[i]->span, "the " + std::string(names[i]) + " of a transition");
    else if (const auto axis = vector_axis(builder_.type(part)))
      fail(error("E0307", tuple.children[i]->span,
                 "the " + std::string(names[i]) + " of a transition must be one number")
               .here(to_string(builder_.type(part))));
    parts.push_back(builder_.cast(part, Kind::real, tuple.children[i]->span));
  }
  if (store.condition) {
    parts.push_back(builder_.cast(tensor(*store.condition, scope), Kind::boolean, store.condition->span));
  }
  builder_.emit(Op::store, parts, {}, store.span, {{"memory", record_memory_}});
}

}  // namespace duet
