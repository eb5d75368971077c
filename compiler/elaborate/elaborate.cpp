#include "compiler/elaborate/elaborate.h"

#include "compiler/elaborate/elaborator.h"
#include "compiler/sema/resolve.h"

namespace duet {

Elaboration elaborate_algorithm(const SourceMap& sources, const Library& library, const ast::Item& algorithm,
                                const RobotChoice& robot, const std::vector<SettingText>& settings,
                                Diagnostics& diagnostics) {
  Elaboration result;
  Elaborator elaborator(sources, library, result.program, diagnostics);
  if (robot.item)
    elaborator.robot(*robot.item, robot.facts ? &*robot.facts : nullptr, robot.mjcf);
  else
    elaborator.stand_in_robot();
  std::vector<Setting> used;
  for (const SettingText& setting : settings) used.push_back({setting.key, setting.value, false});
  elaborator.algorithm(algorithm, used);
  result.types = elaborator.typed();
  return result;
}

Elaboration elaborate_robot(const SourceMap& sources, const Library& library, const RobotChoice& robot,
                            Diagnostics& diagnostics) {
  Elaboration result;
  Elaborator elaborator(sources, library, result.program, diagnostics);
  elaborator.robot(*robot.item, robot.facts ? &*robot.facts : nullptr, robot.mjcf);
  result.types = elaborator.typed();
  return result;
}

void check_file(const SourceMap& sources, const Library& library, const ast::File& file, Diagnostics& diagnostics) {
  for (const ast::Item& item : file.items) {
    if (std::get_if<ast::Algorithm>(&item.as)) {
      elaborate_algorithm(sources, library, item, {}, {}, diagnostics);
    } else if (std::get_if<ast::Robot>(&item.as)) {
      RobotChoice robot{&item, std::nullopt, ""};
      elaborate_robot(sources, library, robot, diagnostics);
    } else {
      Program program;
      Elaborator elaborator(sources, library, program, diagnostics);
      elaborator.stand_in_robot();
      elaborator.check_definition(item);
    }
  }
}

void Elaborator::check_definition(const ast::Item& item) {
  resolve_names(item, library_, builtin_names(), diagnostics_);
  OpenBlock open(builder_);
  if (const auto* module = std::get_if<ast::Module>(&item.as)) {
    for (const ast::Parameter& parameter : module->parameters)
      if (!parameter.default_value) return;  // only a caller knows what it is
    try {
      make_module(item, module->name.text, {}, module->name.span, nullptr);
    } catch (const Failed&) {
    }
  }
  if (const auto* planner = std::get_if<ast::Planner>(&item.as)) check_planner(*planner, item.span);
}

std::vector<Documentation> documented_builtins() {
  std::vector<Documentation> rows;
  for (const BuiltinInfo& builtin : builtin_functions())
    rows.push_back({std::string(builtin.name), std::string(builtin.usage), std::string(builtin.doc), "function"});
  for (const OpInfo& op : all_ops()) {
    if (!op.in_script) continue;
    bool known = false;
    for (const Documentation& row : rows) known = known || row.name == op.name;
    if (known) continue;
    const std::string name(op.name);
    const bool along = op.group == OpGroup::reduce || op.group == OpGroup::shape;
    const bool two = op.op == Op::quantile || op.op == Op::top_k || op.op == Op::bottom_k;
    rows.push_back(
        {name, along ? name + "[axis](x" + (two ? ", n)" : ")") : name + "(x)", std::string(op.doc), "operation"});
  }
  return rows;
}

}  // namespace duet
