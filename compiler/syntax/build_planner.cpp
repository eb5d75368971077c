#include "compiler/syntax/builder.h"

namespace duet::syntax {

ast::Planner Builder::planner(Grammar::PlannerDefContext* context) {
  given_.clear();
  ast::Planner planner;
  planner.name = name(context->name());
  planner.parameters = parameters(context->parameters());
  for (Grammar::PlannerClauseContext* clause : context->plannerClause()) {
    if (!clause->exception) planner_clause(clause, planner);
  }
  return planner;
}

void Builder::planner_clause(Grammar::PlannerClauseContext* context, ast::Planner& planner) {
  auto add = [&](auto node) { planner.clauses.push_back({span(context), std::move(node)}); };
  if (auto* c = dynamic_cast<Grammar::ThetaClauseContext*>(context)) {
    ast::Theta theta;
    for (Grammar::ThetaDeclContext* part : c->thetaDecl()) {
      theta.parts.push_back({name(part->name()), axes(part->axes())});
    }
    add(std::move(theta));
  } else if (auto* c = dynamic_cast<Grammar::StartClauseContext*>(context)) {
    once("start", c->start);
    add(ast::Start{bindings(c->bindings())});
  } else if (auto* c = dynamic_cast<Grammar::ShiftClauseContext*>(context)) {
    once("shift", c->start);
    add(ast::Shift{bindings(c->bindings())});
  } else if (auto* c = dynamic_cast<Grammar::KeepClauseContext*>(context)) {
    add(ast::Keep{bindings(c->bindings())});
  } else if (auto* c = dynamic_cast<Grammar::LetClauseContext*>(context)) {
    add(ast::Let{binding(c->binding())});
  } else if (auto* c = dynamic_cast<Grammar::RepeatClauseContext*>(context)) {
    once("repeat", c->start);
    add(ast::Iterate{expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::PrecisionClauseContext*>(context)) {
    once("precision", c->start);
    add(ast::Precision{expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::DrawClauseContext*>(context)) {
    add(draw(c));
  } else if (auto* c = dynamic_cast<Grammar::RolloutClauseContext*>(context)) {
    add(ast::RolloutClause{rollout(c->rollout())});
  } else if (auto* c = dynamic_cast<Grammar::ScoreClauseContext*>(context)) {
    add(ast::Score{binding(c->binding())});
  } else if (auto* c = dynamic_cast<Grammar::WeighClauseContext*>(context)) {
    add(ast::Weigh{binding(c->binding())});
  } else if (auto* c = dynamic_cast<Grammar::MirrorClauseContext*>(context)) {
    std::vector<Grammar::ExprContext*> parts = c->expr();
    ast::Mirror mirror;
    mirror.call = expr(parts[0]);
    if (parts.size() > 1) mirror.step = expr(parts[1]);
    if (c->mirrorStep()) mirror.on = mirror_step(c->mirrorStep());
    add(std::move(mirror));
  } else if (auto* c = dynamic_cast<Grammar::ActClauseContext*>(context)) {
    once(input_.text(c->key), c->key);
    add(act(c));
  } else if (auto* c = dynamic_cast<Grammar::RecordClauseContext*>(context)) {
    add(ast::RecordRollout{rollout(c->rollout())});
  }
}

ast::Draw Builder::draw(Grammar::DrawClauseContext* context) {
  ast::Draw draw;
  std::vector<Grammar::NameContext*> given = context->name();
  std::vector<Grammar::ExprContext*> parts = context->expr();
  draw.name = name(given[0]);
  draw.axes = axes(context->axes());
  draw.distribution = expr(parts[0]);
  if (given.size() > 1) draw.within = name(given[1]);
  for (size_t i = 1; i < parts.size(); ++i) draw.more.push_back(expr(parts[i]));
  return draw;
}

ast::MirrorStep Builder::mirror_step(Grammar::MirrorStepContext* context) {
  ast::MirrorStep step;
  step.moved = names(context->names());
  if (context->set) step.within = expr(context->set);
  step.size = expr(context->size);
  Grammar::DirectionContext* direction = context->direction();
  step.direction_span = span(direction);
  const std::string_view key = input_.text(direction->key);
  step.direction = key == "score"      ? ast::Direction::score
                   : key == "pathwise" ? ast::Direction::pathwise
                                       : ast::Direction::given;
  if (direction->expr()) step.gradient = expr(direction->expr());
  return step;
}

ast::Act Builder::act(Grammar::ActClauseContext* context) {
  ast::Method method;
  method.name = {std::string(input_.text(context->key)), span(context->key)};
  method.span = span(context);
  method.doc = doc_above(context->start);
  if (context->block()) {
    method.body = std::make_unique<ast::Block>(block(context->block()));
  } else {
    method.value = scoped(context->scoped());
  }
  return {std::move(method)};
}

ast::Rollout Builder::rollout(Grammar::RolloutContext* context) {
  ast::Rollout rollout;
  rollout.span = span(context);
  rollout.initial = bindings(context->bindings());
  rollout.axis = name(context->name());
  if (context->range()) rollout.part = range(context->range());
  for (Grammar::EachStepContext* step : context->eachStep()) {
    if (step->binding()) {
      rollout.steps.emplace_back(binding(step->binding()));
      continue;
    }
    std::vector<Grammar::ExprContext*> parts = step->store()->expr();
    ast::Store store;
    store.span = span(step);
    store.transition = expr(parts[0]);
    if (parts.size() > 1) store.condition = expr(parts[1]);
    rollout.steps.emplace_back(std::move(store));
  }
  return rollout;
}

}  // namespace duet::syntax
