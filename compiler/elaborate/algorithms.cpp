#include <algorithm>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/sema/unknown_name.h"

namespace duet {

Elaborator::Elaborator(const SourceMap& sources, const Library& library, Program& program, Diagnostics& diagnostics)
    : sources_(sources),
      library_(library),
      program_(program),
      diagnostics_(diagnostics),
      builder_(program),
      top_(std::make_shared<Scope>()) {}

void Elaborator::bind_instance(const ast::Instance& instance, const ScopePtr& scope, std::vector<Setting>& settings) {
  scope->bind(instance.name.text, Poison{}, instance.name.span);
  const ast::Expr& value = *instance.value;
  const char* kind = instance.kind == ast::InstanceKind::model     ? "model"
                     : instance.kind == ast::InstanceKind::learner ? "learner"
                                                                   : "planner";
  if (value.kind != ast::ExprKind::call || value.children[0]->kind != ast::ExprKind::name)
    fail(error("E0427", value.span, std::string("expected a ") + kind + " with its settings")
             .help("for example `" + instance.name.text + " = name(option = 1)`"));
  const ast::Expr& callee = *value.children[0];
  const ast::Item* item = library_.find(callee.text);
  if (!item || kind_of(*item) != kind) {
    std::vector<std::string> known;
    for (const std::string& name : library_.names())
      if (kind_of(*library_.find(name)) == kind) known.push_back(name);
    auto report = error("E0203", callee.span, std::string("there is no ") + kind + " `" + callee.text + "`");
    if (item) report.note("`" + callee.text + "` is a " + kind_of(*item));
    const std::string help = help_with_unknown(callee.text, known, library_);
    report.help(help.empty() ? "load the script that defines it with `use`" : help);
    throw Failed{};
  }
  const CallArguments args = arguments(value, scope);
  if (instance.kind == ast::InstanceKind::planner)
    scope->bind(instance.name.text, make_planner(*item, instance.name.text, args, value.span, &settings),
                instance.name.span);
  else
    scope->bind(instance.name.text, make_module(*item, instance.name.text, args, value.span, &settings),
                instance.name.span);
}

void Elaborator::algorithm(const ast::Item& item, std::vector<Setting>& settings) {
  const auto& algorithm = std::get<ast::Algorithm>(item.as);
  OpenBlock main(builder_);
  const ScopePtr scope = nested(top_);
  algorithm_scope_ = scope;
  const auto safely = [&](const auto& action) {
    try {
      action();
    } catch (const Failed&) {
    }
  };
  if (robot_ && program_.robot.action == 0)
    error("E0522", robot_->own().name.span, "`" + program_.robot.name + "` has nothing that acts")
        .label(algorithm.name.span, "an algorithm gives it actions")
        .help("its model needs an `<actuator>`");
  // The first parameter is the robot; the others are settings of the algorithm itself.
  CallArguments args;
  safely([&] { apply_settings(algorithm.parameters, "", args, &settings); });
  for (size_t i = 0; i < algorithm.parameters.size(); ++i) {
    const ast::Parameter& parameter = algorithm.parameters[i];
    if (i == 0 && !parameter.default_value && !parameter.keyword) {
      scope->bind(parameter.name.text, RobotRef{}, parameter.span);
      continue;
    }
    safely([&] {
      scope->bind(parameter.name.text, Poison{}, parameter.span);
      for (const auto& [name, value] : args.named)
        if (name.text == parameter.name.text) {
          scope->bind(name.text, value.thing, value.span);
          return;
        }
      if (!parameter.default_value)
        fail(error("E0341", parameter.span, "setting `" + parameter.name.text + "` has no value")
                 .help("give it a default, or `--set " + parameter.name.text + "=...`"));
      scope->bind(parameter.name.text, evaluate(*parameter.default_value, scope), parameter.span);
    });
  }
  for (const ast::MemoryDecl& memory : algorithm.memories)
    safely([&] {
      scope->bind(memory.name.text, Poison{}, memory.name.span);
      const int64_t capacity = steps_of(*memory.capacity, scope, "the capacity of a memory");
      program_.memories.push_back({memory.name.text, capacity});
      scope->bind(memory.name.text, MemoryRef{static_cast<int64_t>(program_.memories.size() - 1)}, memory.name.span);
    });
  for (const ast::Instance& instance : algorithm.instances) safely([&] { bind_instance(instance, scope, settings); });
  for (const ast::Statement& item : algorithm.body.statements) safely([&] { statement(item, scope); });
  program_.main = main.close();

  std::vector<std::string> known = robot_settings();
  for (const ast::Parameter& parameter : algorithm.parameters) known.push_back(parameter.name.text);
  for (const ast::Instance& instance : algorithm.instances)
    if (instance.value->kind == ast::ExprKind::call && instance.value->children[0]->kind == ast::ExprKind::name)
      if (const ast::Item* definition = library_.find(instance.value->children[0]->text)) {
        const auto* module = std::get_if<ast::Module>(&definition->as);
        const auto* planner = std::get_if<ast::Planner>(&definition->as);
        const auto* parameters = module ? &module->parameters : planner ? &planner->parameters : nullptr;
        if (parameters)
          for (const ast::Parameter& parameter : *parameters)
            known.push_back(instance.name.text + "." + parameter.name.text);
      }
  for (const Setting& setting : settings)
    if (!setting.used)
      error("E0210", setting.place, "`" + algorithm.name.text + "` has no setting `" + setting.key + "`")
          .help(did_you_mean(setting.key, known));
}

}  // namespace duet
