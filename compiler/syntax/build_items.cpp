#include "compiler/syntax/builder.h"

namespace duet::syntax {

void Builder::use(Grammar::UseDeclContext* context, std::vector<ast::Use>& uses) {
  if (context->exception) return;
  ast::Use use;
  use.span = span(context);
  if (context->dotted()) {
    for (Grammar::NameContext* part : context->dotted()->name()) use.path.push_back(name(part));
  } else {
    use.file = ast::Name{string_value(context->stop), span(context->stop)};
  }
  uses.push_back(std::move(use));
}

void Builder::item(Grammar::ItemContext* context, std::vector<ast::Item>& items) {
  if (context->exception) return;
  auto add = [&](auto node) { items.push_back({span(context), doc_above(context->start), std::move(node)}); };
  if (context->robotDef()) add(robot(context->robotDef()));
  if (context->moduleDef()) add(module(context->moduleDef()));
  if (context->plannerDef()) add(planner(context->plannerDef()));
  if (context->functionDef()) add(function(context->functionDef()));
  if (context->algorithmDef()) add(algorithm(context->algorithmDef()));
  if (context->settingsDef()) add(settings(context->settingsDef()));
  if (context->experimentDef()) add(experiment(context->experimentDef()));
}

ast::Robot Builder::robot(Grammar::RobotDefContext* context) {
  given_.clear();
  ast::Robot robot;
  robot.name = name(context->name(0));
  if (context->parameters()) robot.parameters = parameters(context->parameters());
  if (context->base) {
    robot.base.emplace(ast::Base{name(context->base), {}});
    if (context->arguments()) robot.base->arguments = arguments(context->arguments());
  }
  for (Grammar::RobotClauseContext* clause : context->robotClause()) {
    if (!clause->exception) robot_clause(clause, robot);
  }
  return robot;
}

void Builder::robot_clause(Grammar::RobotClauseContext* context, ast::Robot& robot) {
  if (auto* c = dynamic_cast<Grammar::RobotMethodContext*>(context)) {
    robot.methods.push_back(method(c->method()));
    return;
  }
  if (several_times(context, robot)) return;
  std::string key(input_.text(context->start));
  once(key, context->start);
  if (auto* c = dynamic_cast<Grammar::MjcfClauseContext*>(context)) {
    robot.mjcf = ast::Name{string_value(c->STRING()->getSymbol()), span(c->STRING()->getSymbol())};
  } else if (auto* c = dynamic_cast<Grammar::FramesClauseContext*>(context)) {
    robot.frames = expr(c->expr());
  } else if (auto* c = dynamic_cast<Grammar::LimitClauseContext*>(context)) {
    robot.limit = expr(c->expr());
  } else if (auto* c = dynamic_cast<Grammar::ValueClauseContext*>(context)) {
    ast::ExprPtr& value = key == "observe"  ? robot.observe
                          : key == "reward" ? robot.reward
                          : key == "done"   ? robot.done
                                            : robot.truncate;
    value = scoped(c->scoped());
  } else if (auto* c = dynamic_cast<Grammar::SettleClauseContext*>(context)) {
    robot.settle = expr(c->expr());
  } else if (auto* c = dynamic_cast<Grammar::ActionClauseContext*>(context)) {
    robot.action.emplace();
    robot.action->span = span(c);
    if (c->size) robot.action->size = expr(c->size);
    if (c->limits) robot.action->limits = expr(c->limits);
    if (c->treatment) robot.action->outside = name(c->treatment);
  } else if (auto* c = dynamic_cast<Grammar::ControlClauseContext*>(context)) {
    robot.control.emplace(ast::Control{scoped(c->scoped()), c->each != nullptr});
  } else if (auto* c = dynamic_cast<Grammar::ResetClauseContext*>(context)) {
    robot.reset.emplace();
    robot.reset->bindings = bindings(c->bindings(0));
    if (c->expr()) robot.reset->until = expr(c->expr());
    if (c->where) robot.reset->where = bindings(c->where);
  }
}

// Clauses that may stand more than once.
bool Builder::several_times(Grammar::RobotClauseContext* context, ast::Robot& robot) {
  if (auto* c = dynamic_cast<Grammar::RandomizeClauseContext*>(context)) {
    for (ast::Binding& binding : bindings(c->bindings())) robot.randomize.push_back(std::move(binding));
  } else if (auto* c = dynamic_cast<Grammar::SetClauseContext*>(context)) {
    for (Grammar::ModelEditContext* entry : c->modelEdit()) robot.edits.push_back(model_edit(entry));
  } else if (auto* c = dynamic_cast<Grammar::StateClauseContext*>(context)) {
    ast::RobotVariable variable{name(c->name()), axes(c->axes()), expr(c->expr()), nullptr, span(c)};
    if (c->scoped()) variable.next = scoped(c->scoped());
    robot.variables.push_back(std::move(variable));
  } else {
    return false;
  }
  return true;
}

ast::ModelEdit Builder::model_edit(Grammar::ModelEditContext* context) {
  ast::ModelEdit edit{name(context->name()), {}, expr(context->expr()), span(context)};
  for (Grammar::SelectorContext* entry : context->selector()) edit.selectors.push_back(selector(entry));
  return edit;
}

ast::Module Builder::module(Grammar::ModuleDefContext* context) {
  given_.clear();
  ast::Module module;
  module.role = input_.text(context->kind) == "model" ? ast::ModuleRole::model : ast::ModuleRole::learner;
  module.name = name(context->name());
  module.parameters = parameters(context->parameters());
  for (Grammar::ModuleClauseContext* clause : context->moduleClause()) {
    if (!clause->exception) module_clause(clause, module);
  }
  return module;
}

void Builder::module_clause(Grammar::ModuleClauseContext* context, ast::Module& module) {
  if (auto* c = dynamic_cast<Grammar::NetDeclContext*>(context)) {
    module.members.emplace_back(
        ast::Net{name(c->name()), axes(c->axes()), names(c->names()), expr(c->output), expr(c->body), span(c)});
  } else if (auto* c = dynamic_cast<Grammar::SlowDeclContext*>(context)) {
    module.members.emplace_back(ast::Slow{name(c->name(0)), name(c->name(1)), expr(c->expr()), span(c)});
  } else if (auto* c = dynamic_cast<Grammar::VarDeclContext*>(context)) {
    module.members.emplace_back(ast::Variable{name(c->name()), axes(c->axes()), expr(c->expr()), span(c)});
  } else if (auto* c = dynamic_cast<Grammar::NormalizeDeclContext*>(context)) {
    module.members.emplace_back(ast::Normalize{names(c->names()), span(c)});
  } else if (auto* c = dynamic_cast<Grammar::ModuleMethodContext*>(context)) {
    module.members.emplace_back(method(c->method()));
  }
}

ast::Method Builder::method(Grammar::MethodContext* context) {
  ast::Method method;
  method.name = name(context->name());
  method.parameters = parameters(context->parameters());
  method.draws = context->draws != nullptr;
  if (context->block()) {
    method.body = std::make_unique<ast::Block>(block(context->block()));
  } else {
    method.value = scoped(context->scoped());
  }
  method.doc = doc_above(context->start);
  method.span = span(context);
  return method;
}

ast::Function Builder::function(Grammar::FunctionDefContext* context) {
  ast::Function function;
  std::string_view kind = input_.text(context->kind);
  function.role = kind == "utility"     ? ast::FunctionRole::utility
                  : kind == "mirror"    ? ast::FunctionRole::mirror
                  : kind == "potential" ? ast::FunctionRole::potential
                                        : ast::FunctionRole::function;
  function.method.name = name(context->name());
  function.method.parameters = parameters(context->parameters());
  function.method.value = scoped(context->scoped());
  function.method.doc = doc_above(context->start);
  function.method.span = span(context);
  return function;
}

ast::Algorithm Builder::algorithm(Grammar::AlgorithmDefContext* context) {
  ast::Algorithm algorithm;
  algorithm.name = name(context->name());
  algorithm.parameters = parameters(context->parameters());
  for (Grammar::DeclarationContext* entry : context->declaration()) {
    declaration(entry, algorithm.memories, algorithm.instances);
  }
  for (Grammar::StatementContext* entry : context->statement()) statement(entry, algorithm.body.statements);
  algorithm.body.span = span(context);
  return algorithm;
}

void Builder::declaration(Grammar::DeclarationContext* context, std::vector<ast::MemoryDecl>& memories,
                          std::vector<ast::Instance>& instances) {
  if (context->exception) return;
  if (auto* c = dynamic_cast<Grammar::MemoryDeclsContext*>(context)) {
    for (Grammar::MemoryDeclContext* entry : c->memoryDecl()) {
      memories.push_back({name(entry->name()), expr(entry->expr())});
    }
  } else if (auto* c = dynamic_cast<Grammar::InstanceDeclContext*>(context)) {
    std::string_view kind = input_.text(c->kind);
    ast::InstanceKind role = kind == "model"     ? ast::InstanceKind::model
                             : kind == "learner" ? ast::InstanceKind::learner
                                                 : ast::InstanceKind::planner;
    instances.push_back({role, name(c->name()), expr(c->expr())});
  }
}

ast::Settings Builder::settings(Grammar::SettingsDefContext* context) {
  ast::Settings settings{name(context->name()), names(context->names()), {}};
  for (Grammar::SettingsEntryContext* entry : context->settingsEntry()) {
    if (!entry->exception) settings.entries.push_back(setting(entry->setting()));
  }
  return settings;
}

ast::Setting Builder::setting(Grammar::SettingContext* context) {
  ast::Setting setting;
  setting.key.span = span(context->dotted());
  for (Grammar::NameContext* part : context->dotted()->name()) {
    setting.key.text += (setting.key.text.empty() ? "" : ".") + name(part).text;
  }
  setting.value = expr(context->expr());
  return setting;
}

ast::Experiment Builder::experiment(Grammar::ExperimentDefContext* context) {
  given_.clear();
  ast::Experiment experiment;
  experiment.name = name(context->name());
  for (Grammar::ExperimentClauseContext* clause : context->experimentClause()) {
    if (clause->exception) continue;
    if (auto* c = dynamic_cast<Grammar::RunClauseContext*>(clause)) {
      experiment.runs.push_back({names(c->names(0)), names(c->names(1)), expr(c->expr()), span(c)});
    } else if (auto* c = dynamic_cast<Grammar::SeedsClauseContext*>(clause)) {
      once("seeds", c->start);
      for (Grammar::ExprContext* entry : c->expr()) experiment.seeds.push_back(numbers(entry));
    } else if (auto* c = dynamic_cast<Grammar::SettingsClauseContext*>(clause)) {
      auto& list = input_.text(c->key) == "set" ? experiment.fixed : experiment.varied;
      for (Grammar::SettingContext* entry : c->setting()) list.push_back(setting(entry));
    } else if (auto* c = dynamic_cast<Grammar::ExpectClauseContext*>(clause)) {
      experiment.expectations.push_back(expectation(c));
    }
  }
  return experiment;
}

ast::Expectation Builder::expectation(Grammar::ExpectClauseContext* context) {
  ast::Expectation expectation;
  const antlr4::Token* metric = context->STRING()->getSymbol();
  expectation.metric = ast::Name{string_value(metric), span(metric)};
  if (context->algorithm) expectation.algorithm = name(context->algorithm);
  if (context->robot) expectation.robot = name(context->robot);
  for (Grammar::SettingContext* entry : context->setting()) expectation.settings.push_back(setting(entry));
  expectation.steps = expr(context->at);
  expectation.band = numbers(context->band);
  expectation.span = span(context);
  return expectation;
}

ast::Range Builder::numbers(Grammar::ExprContext* context) {
  ast::Range range;
  range.span = span(context);
  std::vector<Grammar::SimpleContext*> ends = context->simple();
  range.from = simple(ends[0]);
  range.is_range = ends.size() > 1;
  if (range.is_range) range.to = simple(ends[1]);
  return range;
}

}  // namespace duet::syntax
