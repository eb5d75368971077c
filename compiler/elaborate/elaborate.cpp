#include "compiler/elaborate/elaborate.h"

#include <algorithm>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/sema/resolve.h"

namespace duet {

namespace {

std::vector<Setting> unused(const std::vector<SettingText>& settings) {
  std::vector<Setting> list;
  for (const SettingText& setting : settings) list.push_back({setting.key, setting.value, setting.place(), false});
  return list;
}

}  // namespace

Elaboration elaborate_algorithm(const SourceMap& sources, const Library& library, const ast::Item& algorithm,
                                const RobotChoice& robot, const std::vector<SettingText>& settings,
                                Diagnostics& diagnostics) {
  Elaboration result;
  Elaborator elaborator(sources, library, result.program, diagnostics);
  std::vector<Setting> used = unused(settings);
  if (robot.item)
    elaborator.robot(*robot.item, robot.facts ? &*robot.facts : nullptr, robot.mjcf, used);
  else
    elaborator.stand_in_robot();
  elaborator.algorithm(algorithm, used);
  result.types = elaborator.typed();
  return result;
}

Elaboration elaborate_robot(const SourceMap& sources, const Library& library, const RobotChoice& robot,
                            const std::vector<SettingText>& settings, Diagnostics& diagnostics) {
  Elaboration result;
  Elaborator elaborator(sources, library, result.program, diagnostics);
  std::vector<Setting> used = unused(settings);
  elaborator.robot(*robot.item, robot.facts ? &*robot.facts : nullptr, robot.mjcf, used);
  const std::vector<std::string> known = elaborator.robot_settings();
  for (const Setting& setting : used)
    if (!setting.used)
      diagnostics
          .error("E0210", setting.place, "`" + name_of(*robot.item).text + "` has no setting `" + setting.key + "`")
          .help(nearest(setting.key, known) ? did_you_mean(setting.key, known)
                                            : "settings of a robot are written `robot.NAME=VALUE`");
  result.types = elaborator.typed();
  result.robot_parameters = elaborator.parameter_values();
  return result;
}

namespace {

/// Adds what is not known yet. Where an algorithm has met the same mistake, its message stays: it names the instance.
void add_new(const Diagnostics& found, Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : found.all()) {
    const auto& known = diagnostics.all();
    if (std::none_of(known.begin(), known.end(), [&](const Diagnostic& other) {
          return other.code == diagnostic.code && other.place() == diagnostic.place();
        }))
      diagnostics.add(diagnostic);
  }
}

}  // namespace

void check_file(const SourceMap& sources, const Library& library, const ast::File& file, Diagnostics& diagnostics) {
  for (const ast::Item& item : file.items) {
    if (std::get_if<ast::Algorithm>(&item.as)) {
      elaborate_algorithm(sources, library, item, {}, {}, diagnostics);
    } else if (std::get_if<ast::Robot>(&item.as)) {
      RobotChoice robot{&item, std::nullopt, ""};
      elaborate_robot(sources, library, robot, {}, diagnostics);
    }
  }
  Diagnostics alone;
  for (const ast::Item& item : file.items) {
    if (std::get_if<ast::Algorithm>(&item.as) || std::get_if<ast::Robot>(&item.as)) continue;
    if (std::get_if<ast::Settings>(&item.as) || std::get_if<ast::Experiment>(&item.as)) continue;  // need robots
    Program program;
    Elaborator elaborator(sources, library, program, alone);
    elaborator.stand_in_robot();
    elaborator.check_definition(item);
  }
  add_new(alone, diagnostics);
}

void Elaborator::check_definition(const ast::Item& item) {
  resolve_names(item, library_, builtin_names(), diagnostics_);
  OpenBlock open(builder_);
  if (const auto* module = std::get_if<ast::Module>(&item.as)) {
    for (const ast::Parameter& parameter : module->parameters)
      if (!parameter.default_value) return;  // only a caller knows what it is
    try {
      check_methods(make_module(item, module->name.text, {}, module->name.span, nullptr));
    } catch (const Failed&) {
    }
  }
  if (const auto* planner = std::get_if<ast::Planner>(&item.as)) check_planner(*planner, item.span);
}

/// Calls what statements and planners would call, with data of unknown sizes.
void Elaborator::check_methods(const std::shared_ptr<ModuleInstance>& module) {
  const Span at = module->definition->name.span;
  const auto call = [&](const std::string& method, const auto& body) {
    const auto it = module->methods.find(method);
    if (it == module->methods.end()) return;
    OpenBlock open(builder_);
    try {
      body(*it->second);
    } catch (const Failed&) {
    }
  };
  const auto call_on = [&](const std::string& method, const std::vector<std::string>& axes) {
    call(method, [&](const ast::Method& definition) {
      if (definition.parameters.size() != axes.size()) return;
      CallArguments args;
      for (const std::string& axis : axes)
        args.positional.push_back({Tensor{builder_.parameter({Kind::real, {{axis, kUnknownSize}}})}, at});
      call_function(*std::get<std::shared_ptr<const Function>>(member_of(module, method, {}, at)), args, at);
    });
  };
  call("update", [&](const ast::Method& definition) {
    if (definition.parameters.empty()) return call_statements(module, "update", {}, at);
    std::vector<ValueId> batch;
    for (const Type& type : transition_types({{"batch", kUnknownSize}})) batch.push_back(builder_.parameter(type));
    update_on(module, batch, at, at);
  });
  call("fit", [&](const ast::Method&) {
    program_.memories.push_back({"data", 1});
    call_statements(module, "fit", {{MemoryRef{0}, at}}, at);
  });
  for (const char* method : {"act", "explore"}) call_on(method, {"obs"});
  for (const char* method : {"step", "value"}) call_on(method, {"obs", "action"});
}

std::vector<Documentation> documented_builtins() {
  std::vector<Documentation> rows;
  const auto add = [&rows](const BuiltinInfo& builtin) {
    rows.push_back({std::string(builtin.name), std::string(builtin.usage), std::string(builtin.doc), "function"});
  };
  for (const BuiltinInfo& builtin : builtin_functions()) add(builtin);
  add(first_of_axis());
  for (const OpInfo& op : all_ops()) {
    if (!op.in_script) continue;
    bool known = false;
    for (const Documentation& row : rows) known = known || row.name == op.name;
    if (known) continue;
    const std::string name(op.name);
    const bool along = op.group == OpGroup::reduce || op.group == OpGroup::shape;
    rows.push_back({name, name + (along ? "[axis](x)" : "(x)"), std::string(op.doc), "operation"});
  }
  return rows;
}

}  // namespace duet
