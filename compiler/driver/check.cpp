#include <iostream>
#include <memory>

#include "compiler/driver/commands.h"
#include "compiler/driver/experiment.h"
#include "compiler/driver/script.h"
#include "compiler/sema/settings.h"

namespace duet {

namespace {

/// Once a file is right whatever the robot, looks at it with the sizes of real models: algorithms with the robot asked
/// for, robots with their own model.
void check_with_models(const Library& library, const ast::File& file, const RobotChoice& robot, Context& context) {
  for (const ast::Item& item : file.items) {
    if (std::get_if<ast::Algorithm>(&item.as) && robot.item)
      elaborate_algorithm(context.sources, library, item, robot, {}, context.diagnostics);
    if (std::get_if<ast::Robot>(&item.as))
      if (const auto choice = robot_choice(item, library, true, context); choice && choice->facts)
        elaborate_robot(context.sources, library, *choice, {}, context.diagnostics);
  }
}

/// Settings with every robot that they are for, experiments with everything that they run.
void check_expansions(const std::string& path, Library& library, const ast::File& file, Context& context) {
  check_settings(library, context.diagnostics);
  if (context.diagnostics.has_errors()) return;
  for (const ast::Item& item : file.items) {
    if (const auto* settings = std::get_if<ast::Settings>(&item.as))
      for (const ast::Name& robot : settings->robots) {
        const auto script = load_script({path, robot.text, settings->algorithm.text, {}, {}}, context);
        if (!script) return;
        elaborate_algorithm(context.sources, *script->library, *script->algorithm, script->robot,
                            script->settings.texts(), context.diagnostics);
        if (context.diagnostics.has_errors()) return;
      }
    if (const auto* experiment = std::get_if<ast::Experiment>(&item.as))
      if (const auto plan = plan_experiment(library, file, *experiment, context)) check_cells(*plan, path, context);
  }
}

void check_one(const std::string& path, const std::string& robot_name, Context& context) {
  Library library(context.sources, context.places.search);
  const ast::File* file = load_file(library, path, context);
  if (!file) return;
  check_file(context.sources, library, *file, context.diagnostics);
  if (!context.diagnostics.has_errors()) check_expansions(path, library, *file, context);
  if (context.diagnostics.has_errors()) return;
  RobotChoice robot;
  if (!robot_name.empty()) {
    const ast::Item* item = library.robot(robot_name, context.diagnostics);
    if (!item || context.diagnostics.has_errors()) return;
    auto choice = robot_choice(*item, library, true, context);
    if (!choice) return;
    robot = std::move(*choice);
  }
  check_with_models(library, *file, robot, context);
}

}  // namespace

ExitCode check(const CheckOptions& options, Context& context) {
  Diagnostics all;
  for (const std::string& path : options.files) {
    check_one(path, options.robot, context);
    if (options.verbose && !context.diagnostics.has_errors()) std::cout << path << ": ok\n";
    all.append(context.diagnostics);
    context.diagnostics.clear();
  }
  context.diagnostics = std::move(all);
  return context.report(true);
}

}  // namespace duet
