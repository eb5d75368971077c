#include <algorithm>
#include <functional>
#include <set>

#include "compiler/elaborate/elaborator.h"

/// What a planner's clauses say about each other, before any of them is elaborated.
namespace duet {

namespace {

template <typename T>
bool has_clause(const ast::Planner& planner) {
  return std::ranges::any_of(planner.clauses, [](const ast::PlannerClause& c) { return std::get_if<T>(&c.as); });
}

using Visit = std::function<void(const ast::Name&)>;

void names_of(const std::vector<ast::Binding>& bindings, const Visit& visit) {
  for (const ast::Binding& binding : bindings) std::ranges::for_each(binding.names, visit);
}

void names_of(const ast::Rollout& rollout, const Visit& visit) {
  names_of(rollout.initial, visit);
  for (const auto& step : rollout.steps)
    if (const auto* binding = std::get_if<ast::Binding>(&step)) std::ranges::for_each(binding->names, visit);
}

/// The names that a clause makes.
void names_made(const ast::PlannerClause& clause, const Visit& visit) {
  if (const auto* theta = std::get_if<ast::Theta>(&clause.as))
    for (const auto& part : theta->parts) visit(part.name);
  if (const auto* let = std::get_if<ast::Let>(&clause.as)) std::ranges::for_each(let->binding.names, visit);
  if (const auto* draw = std::get_if<ast::Draw>(&clause.as)) visit(draw->name);
  if (const auto* rollout = std::get_if<ast::RolloutClause>(&clause.as)) names_of(rollout->rollout, visit);
  if (const auto* record = std::get_if<ast::RecordRollout>(&clause.as)) names_of(record->rollout, visit);
  if (const auto* score = std::get_if<ast::Score>(&clause.as)) std::ranges::for_each(score->binding.names, visit);
  if (const auto* weigh = std::get_if<ast::Weigh>(&clause.as)) std::ranges::for_each(weigh->binding.names, visit);
}

/// The parts of theta that a clause gives a value.
void parts_set(const ast::PlannerClause& clause, const Visit& visit) {
  if (const auto* start = std::get_if<ast::Start>(&clause.as)) names_of(start->bindings, visit);
  if (const auto* shift = std::get_if<ast::Shift>(&clause.as)) names_of(shift->bindings, visit);
  if (const auto* keep = std::get_if<ast::Keep>(&clause.as)) names_of(keep->bindings, visit);
  if (const auto* mirror = std::get_if<ast::Mirror>(&clause.as)) {
    if (mirror->on) std::ranges::for_each(mirror->on->moved, visit);
    for (const ast::Argument& argument : mirror->call->arguments)
      if (!argument.keyword && argument.value->kind == ast::ExprKind::name)
        visit({argument.value->text, argument.value->span});
  }
  if (const auto* act = std::get_if<ast::Act>(&clause.as); act && act->method.body)
    for (const ast::Statement& statement : act->method.body->statements)
      if (const auto* assign = std::get_if<ast::Assign>(&statement.as)) visit(assign->name);
}

}  // namespace

void Elaborator::check_planner(const ast::Planner& planner, Span) {
  const bool draws = has_clause<ast::Draw>(planner);
  // Descent along gradients needs no candidates.
  const bool descends = std::any_of(planner.clauses.begin(), planner.clauses.end(), [](const ast::PlannerClause& c) {
    const auto* mirror = std::get_if<ast::Mirror>(&c.as);
    return mirror && mirror->on && mirror->on->direction != ast::Direction::score;
  });
  if (!draws && !descends &&
      (has_clause<ast::Theta>(planner) || has_clause<ast::Score>(planner) || has_clause<ast::Weigh>(planner) ||
       has_clause<ast::Mirror>(planner)))
    error("E0413", planner.name.span, "planner `" + planner.name.text + "` never draws candidates")
        .help("add a clause such as `draw u[candidate: 100, H, action] ~ gaussian(m, v)`");
  if (draws && !has_clause<ast::Mirror>(planner) && !has_clause<ast::Act>(planner))
    error("E0414", planner.name.span, "planner `" + planner.name.text + "` draws candidates but never uses them")
        .help("add `mirror ...` to move theta, or `act ...`");
  if (!has_clause<ast::Act>(planner) && !has_clause<ast::RecordRollout>(planner))
    error("E0415", planner.name.span, "planner `" + planner.name.text + "` neither acts nor records")
        .help("add `act ...` or `record ...`");
  warn_of_hidden_parameters(planner);
  warn_of_still_parts(planner);
}

void Elaborator::warn_of_hidden_parameters(const ast::Planner& planner) {
  for (const ast::PlannerClause& clause : planner.clauses)
    names_made(clause, [&](const ast::Name& name) {
      for (const ast::Parameter& parameter : planner.parameters)
        if (parameter.name.text == name.text)
          diagnostics_.warning("E0459", name.span, "`" + name.text + "` hides the parameter of this name")
              .label(parameter.span, "from here on it cannot be seen")
              .help("give one of them another name");
    });
}

void Elaborator::warn_of_still_parts(const ast::Planner& planner) {
  if (!has_clause<ast::Mirror>(planner)) return;  // it draws around 0, and means to
  std::set<std::string> set;
  for (const ast::PlannerClause& clause : planner.clauses)
    parts_set(clause, [&](const ast::Name& name) { set.insert(name.text); });
  for (const ast::PlannerClause& clause : planner.clauses)
    if (const auto* theta = std::get_if<ast::Theta>(&clause.as))
      for (const auto& part : theta->parts)
        if (!set.count(part.name.text))
          diagnostics_.warning("E0460", part.name.span, "`" + part.name.text + "` is never set, so that it stays 0")
              .help("add `start " + part.name.text + " = ...`, or make it a `let`");
}

void Elaborator::warn_of_weights(const ast::Weigh& clause, const ast::Planner& planner,
                                 const std::vector<Theta>& thetas, const ScopePtr& scope) {
  const ast::Name& name = clause.binding.names[0];
  const auto* weights = std::get_if<Tensor>(scope->find(name.text));
  if (!weights) return;
  const auto counts_candidates = [&](const Axis& axis) {
    return std::ranges::any_of(planner.clauses, [&](const ast::PlannerClause& c) {
      const auto* draw = std::get_if<ast::Draw>(&c.as);
      return draw && draw->axes[0].name.text == axis.name;
    });
  };
  for (const Axis& axis : builder_.type(weights->id).axes) {
    const bool lifted = std::ranges::any_of(lifted_, [&](const Axis& a) { return a.name == axis.name; });
    const bool of_theta = std::ranges::any_of(thetas, [&](const Theta& t) { return t.type.has(axis.name); });
    if (of_theta && !lifted && !counts_candidates(axis))
      diagnostics_.warning("E0461", clause.binding.value->span, "these weights differ along `" + axis.name + "`")
          .here(to_string(builder_.type(weights->id)))
          .help("if that is not meant, add the score up: `sum[" + axis.name + "](...)`");
  }
}

}  // namespace duet
