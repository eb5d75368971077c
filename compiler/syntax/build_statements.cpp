#include "compiler/syntax/builder.h"

namespace duet::syntax {

ast::Block Builder::block(Grammar::BlockContext* context) {
  ast::Block block;
  block.span = span(context);
  for (Grammar::StatementContext* entry : context->statement()) statement(entry, block.statements);
  return block;
}

void Builder::statement(Grammar::StatementContext* context, std::vector<ast::Statement>& statements) {
  if (context->exception) return;
  auto add = [&](auto node) { statements.push_back({span(context), std::move(node)}); };
  if (auto* c = dynamic_cast<Grammar::LetStmtContext*>(context)) {
    add(ast::Let{binding(c->binding())});
  } else if (auto* c = dynamic_cast<Grammar::MinimizeStmtContext*>(context)) {
    add(ast::Minimize{expr(c->expr(0)), names(c->names()), expr(c->expr(1))});
  } else if (auto* c = dynamic_cast<Grammar::TrackStmtContext*>(context)) {
    add(ast::Track{names(c->names())});
  } else if (auto* c = dynamic_cast<Grammar::AssignStmtContext*>(context)) {
    add(ast::Assign{name(c->name()), std::string(input_.text(c->op)), expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::ReturnStmtContext*>(context)) {
    add(ast::Return{scoped(c->scoped())});
  } else if (auto* c = dynamic_cast<Grammar::LogStmtContext*>(context)) {
    std::string metric;
    for (Grammar::MetricPartContext* part : c->metric()->metricPart()) {
      metric += (metric.empty() ? "" : ".") + std::string(input_.text(part->start));
    }
    add(ast::Log{metric, expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::NormalizeStmtContext*>(context)) {
    add(ast::Renormalize{names(c->names()), expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::SplitStmtContext*>(context)) {
    add(ast::Split{name(c->name(0)), name(c->name(1)), name(c->name(2)), expr(c->expr())});
  } else if (auto* c = dynamic_cast<Grammar::UntilStmtContext*>(context)) {
    add(ast::Until{expr(c->expr(0)), expr(c->expr(1)), expr(c->expr(2)), block(c->block())});
  } else if (auto* c = dynamic_cast<Grammar::EachBatchStmtContext*>(context)) {
    std::vector<Grammar::NameContext*> given = c->name();
    ast::EachBatch each{name(given[0]), expr(c->expr()), name(given[1]), std::nullopt, block(c->block())};
    if (given.size() > 2) each.shuffled_by = name(given[2]);
    add(std::move(each));
  } else if (auto* c = dynamic_cast<Grammar::LoopStmtContext*>(context)) {
    add(ast::Loop{block(c->block())});
  } else if (auto* c = dynamic_cast<Grammar::EveryStmtContext*>(context)) {
    add(ast::Every{expr(c->expr()), block(c->block())});
  } else if (auto* c = dynamic_cast<Grammar::RepeatStmtContext*>(context)) {
    add(ast::Repeat{expr(c->expr()), block(c->block())});
  } else if (auto* c = dynamic_cast<Grammar::WarmUpStmtContext*>(context)) {
    add(ast::WarmUp{expr(c->expr(0)), expr(c->expr(1)), name(c->name())});
  } else if (auto* c = dynamic_cast<Grammar::InteractStmtContext*>(context)) {
    add(ast::Interact{expr(c->expr()), name(c->name())});
  } else if (auto* c = dynamic_cast<Grammar::FitStmtContext*>(context)) {
    add(ast::Fit{name(c->name(0)), name(c->name(1))});
  } else if (auto* c = dynamic_cast<Grammar::UpdateStmtContext*>(context)) {
    add(ast::Update{name(c->name()), c->expr() ? expr(c->expr()) : nullptr});
  } else if (auto* c = dynamic_cast<Grammar::RecordStmtContext*>(context)) {
    add(ast::Record{name(c->name(0)), expr(c->expr()), name(c->name(1)), name(c->name(2))});
  } else if (auto* c = dynamic_cast<Grammar::EvaluateStmtContext*>(context)) {
    add(ast::Evaluate{expr(c->expr(0)), expr(c->expr(1))});
  }
}

ast::Binding Builder::binding(Grammar::BindingContext* context) {
  Grammar::PatternContext* pattern = context->pattern();
  ast::Binding binding;
  binding.span = span(context);
  binding.draws = context->draws != nullptr;
  if (pattern->names()) {
    binding.names = names(pattern->names());
  } else {
    binding.names.push_back(name(pattern->name()));
    binding.axes = axes(pattern->axes());
    binding.is_function = pattern->parameters() != nullptr;
    if (binding.is_function) binding.parameters = parameters(pattern->parameters());
  }
  binding.value = expr(context->expr());
  return binding;
}

std::vector<ast::Binding> Builder::bindings(Grammar::BindingsContext* context) {
  std::vector<ast::Binding> all;
  for (Grammar::BindingContext* entry : context->binding()) all.push_back(binding(entry));
  return all;
}

std::vector<ast::Parameter> Builder::parameters(Grammar::ParametersContext* context) {
  std::vector<ast::Parameter> all;
  for (Grammar::ParameterContext* entry : context->parameter()) {
    ast::Parameter parameter;
    parameter.name = name(entry->name());
    parameter.axes = axes(entry->axes());
    if (entry->expr()) parameter.default_value = expr(entry->expr());
    parameter.keyword = context->split && entry->start->getTokenIndex() > context->split->getTokenIndex();
    parameter.span = span(entry);
    all.push_back(std::move(parameter));
  }
  return all;
}

std::vector<ast::Axis> Builder::axes(Grammar::AxesContext* context) {
  std::vector<ast::Axis> all;
  if (!context) return all;
  for (Grammar::AxisContext* entry : context->axis()) {
    all.push_back({name(entry->name()), entry->expr() ? expr(entry->expr()) : nullptr, span(entry)});
  }
  return all;
}

std::vector<ast::Name> Builder::names(Grammar::NamesContext* context) {
  std::vector<ast::Name> all;
  for (Grammar::NameContext* entry : context->name()) all.push_back(name(entry));
  return all;
}

ast::Name Builder::name(Grammar::NameContext* context) {
  return {std::string(input_.text(context->start)), span(context)};
}

}  // namespace duet::syntax
