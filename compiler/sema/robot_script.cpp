#include "compiler/sema/robot_script.h"

#include <algorithm>
#include <filesystem>

#include "compiler/base/suggest.h"

namespace duet {

namespace {

/// Puts the parts of the robots of a line together, from the farthest to the nearest.
class Assembly {
 public:
  Assembly(const Library& library, Diagnostics& diagnostics) : library_(library), diagnostics_(diagnostics) {}

  RobotScript run(const ast::Robot& robot) {
    find_line(robot);
    for (size_t i = 0; i < script_.line.size(); ++i) parameters(*script_.line[i], i ? script_.line[i - 1] : nullptr);
    for (auto it = script_.line.rbegin(); it != script_.line.rend(); ++it) clauses(**it);
    check_names();
    return std::move(script_);
  }

 private:
  void find_line(const ast::Robot& robot) {
    for (const ast::Robot* at = &robot; at;) {
      script_.line.push_back(at);
      if (!at->base) break;
      at = base_of(*at->base);
      if (!at) script_.whole = false;
    }
  }

  const ast::Robot* base_of(const ast::Base& base) {
    const ast::Item* item = library_.find(base.name.text);
    const auto* robot = item ? std::get_if<ast::Robot>(&item->as) : nullptr;
    if (!robot) {
      auto report = diagnostics_.error("E0504", base.name.span, "there is no robot `" + base.name.text + "`");
      if (item) report.note("`" + base.name.text + "` is a " + kind_of(*item));
      report.help(did_you_mean(base.name.text, library_.robot_names()));
      return nullptr;
    }
    if (std::find(script_.line.begin(), script_.line.end(), robot) != script_.line.end()) {
      diagnostics_.error("E0514", base.name.span, "`" + robot->name.text + "` extends itself")
          .label(robot->name.span, "defined here");
      return nullptr;
    }
    return robot;
  }

  /// The parameters of `robot`, with what the robot `nearer` that extends it gives.
  void parameters(const ast::Robot& robot, const ast::Robot* nearer) {
    const size_t first = script_.parameters.size();
    for (const ast::Parameter& parameter : robot.parameters)
      script_.parameters.push_back({&parameter, parameter.default_value.get()});
    if (!nearer) return;
    size_t position = first;
    for (const ast::Argument& argument : nearer->base->arguments) {
      if (argument.kind == ast::Argument::Kind::positional) {
        if (position < script_.parameters.size())
          script_.parameters[position++].value = argument.value.get();
        else
          diagnostics_.error("E0339", argument.span,
                             "`" + robot.name.text + "` takes " + std::to_string(robot.parameters.size()) +
                                 (robot.parameters.size() == 1 ? " argument" : " arguments"));
        continue;
      }
      std::vector<std::string> known;
      bool found = false;
      for (size_t i = first; i < script_.parameters.size(); ++i) {
        RobotScript::Parameter& parameter = script_.parameters[i];
        known.push_back(parameter.declared->name.text);
        if (known.back() != argument.name.text) continue;
        parameter.value = argument.value.get();
        found = true;
      }
      if (!found)
        diagnostics_
            .error("E0205", argument.name.span,
                   "`" + robot.name.text + "` has no parameter `" + argument.name.text + "`")
            .help(did_you_mean(argument.name.text, known));
    }
  }

  template <class Part>
  static void replace(std::vector<const Part*>& parts, const Part& part, const std::string& (*name)(const Part&)) {
    const auto it = std::find_if(parts.begin(), parts.end(), [&](const Part* old) { return name(*old) == name(part); });
    if (it == parts.end())
      parts.push_back(&part);
    else
      *it = &part;
  }

  static void replace(const ast::Expr*& old, const ast::ExprPtr& now) {
    if (now) old = now.get();
  }

  void clauses(const ast::Robot& robot) {
    if (robot.mjcf) script_.mjcf = &*robot.mjcf;
    replace(script_.frames, robot.frames);
    replace(script_.limit, robot.limit);
    replace(script_.settle, robot.settle);
    replace(script_.observe, robot.observe);
    replace(script_.reward, robot.reward);
    replace(script_.done, robot.done);
    replace(script_.truncate, robot.truncate);
    if (robot.action) script_.action = &*robot.action;
    if (robot.control) script_.control = &*robot.control;
    if (robot.reset) script_.reset = &*robot.reset;
    for (const ast::Binding& binding : robot.randomize)
      replace<ast::Binding>(script_.randomize, binding,
                            [](const ast::Binding& b) -> const std::string& { return b.names[0].text; });
    for (const ast::ModelEdit& edit : robot.edits) script_.edits.push_back(&edit);
    for (const ast::RobotVariable& variable : robot.variables)
      replace<ast::RobotVariable>(script_.variables, variable,
                                  [](const ast::RobotVariable& v) -> const std::string& { return v.name.text; });
    for (const ast::Method& method : robot.methods)
      replace<ast::Method>(script_.methods, method,
                           [](const ast::Method& m) -> const std::string& { return m.name.text; });
  }

  /// Parameters, numbers of the episode, variables and functions share one space of names.
  void check_names() {
    std::vector<const ast::Name*> names;
    for (const RobotScript::Parameter& parameter : script_.parameters) names.push_back(&parameter.declared->name);
    for (const ast::Binding* binding : script_.randomize) names.push_back(&binding->names[0]);
    for (const ast::RobotVariable* variable : script_.variables) names.push_back(&variable->name);
    for (const ast::Method* method : script_.methods) names.push_back(&method->name);
    for (size_t i = 0; i < names.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (names[i]->text == names[j]->text)
          diagnostics_.error("E0202", names[i]->span, "`" + names[i]->text + "` is defined twice")
              .here("second definition")
              .label(names[j]->span, "first defined here");
  }

  const Library& library_;
  Diagnostics& diagnostics_;
  RobotScript script_;
};

}  // namespace

RobotScript robot_script(const ast::Robot& robot, const Library& library, Diagnostics& diagnostics) {
  return Assembly(library, diagnostics).run(robot);
}

std::string model_path(const RobotScript& script, const SourceMap& sources) {
  if (!script.mjcf) return {};
  const std::filesystem::path folder = std::filesystem::path(sources.path(script.mjcf->span.file)).parent_path();
  return (folder / script.mjcf->text).lexically_normal().string();
}

}  // namespace duet
