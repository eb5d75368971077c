#include "compiler/driver/script.h"

#include <filesystem>
#include <stdexcept>

#include "compiler/base/suggest.h"
#include "compiler/driver/usage.h"
#include "compiler/graph/verify.h"
#include "compiler/sema/robot_script.h"
#include "compiler/sema/settings.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

/// Those that a file defines; without any, those it has settings for.
std::vector<const ast::Item*> algorithms_of(const Library& library, const ast::File& file) {
  std::vector<const ast::Item*> found;
  for (const ast::Item& item : file.items)
    if (std::get_if<ast::Algorithm>(&item.as)) found.push_back(&item);
  return found.empty() ? algorithms_with_settings(library, file) : found;
}

const ast::Item* first_robot(const ast::File& file) {
  for (const ast::Item& item : file.items)
    if (std::get_if<ast::Robot>(&item.as)) return &item;
  return nullptr;
}

std::vector<std::string> names_of(const std::vector<const ast::Item*>& items) {
  std::vector<std::string> names;
  for (const ast::Item* item : items) names.push_back(name_of(*item).text);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_pass_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (find_pass(name)) continue;
    const std::vector<std::string> known = pass_names();
    const std::string near = did_you_mean(name, known);
    throw UsageError("E0007", "there is no pass `" + name + "`",
                     near.empty() ? "the passes are: " + joined(known) : near);
  }
}

void require_well_formed(const Program& program, const VerifyOptions& options) {
  const std::vector<std::string> findings = verify(program, options);
  if (findings.empty()) return;
  std::string message = "the compiler made a program that is not well-formed:";
  for (const std::string& finding : findings) message += "\n" + finding;
  throw std::logic_error(message);
}

}  // namespace

const ast::File* load_file(Library& library, const std::string& path, Context& context) {
  const ast::File* file = library.load(path, context.diagnostics);
  if (!file || context.diagnostics.has_errors()) return nullptr;
  if (file->items.empty()) {
    context.diagnostics.error("E0211", Span{file->id, 0, 0}, "this file defines nothing")
        .help("a script defines an algorithm, a robot, a learner, a model, a planner or functions");
    return nullptr;
  }
  return file;
}

const ast::Item* choose_algorithm(const Script& script, const std::string& name, Context& context) {
  const std::vector<const ast::Item*> all = algorithms_of(*script.library, *script.file);
  const std::vector<std::string> names = names_of(all);
  const Span place{script.file->id, 0, 0};
  if (!name.empty()) {
    const ast::Item* item = script.library->find(name);
    if (item && std::get_if<ast::Algorithm>(&item->as)) return item;
    auto report = context.diagnostics.error("E0213", place, "there is no algorithm `" + name + "` in this script");
    if (!names.empty()) report.note("it has " + joined(names));
    report.help(did_you_mean(name, names));
    return nullptr;
  }
  if (all.size() == 1) return all.front();
  if (all.empty()) {
    context.diagnostics.error("E0213", place, "this script defines no algorithm")
        .help("name a script that does, such as those in algorithms/");
  } else {
    context.diagnostics.error("E0212", place, "this script has several algorithms: " + joined(names))
        .help("choose one by --algorithm");
  }
  return nullptr;
}

std::optional<RobotChoice> robot_choice(const ast::Item& item, const Library& library, bool with_facts,
                                        Context& context) {
  Diagnostics repeated;  // the elaborator reports what is wrong with the line of robots
  const RobotScript robot = robot_script(std::get<ast::Robot>(item.as), library, repeated);
  RobotChoice choice{&item, std::nullopt, model_path(robot, context.sources)};
  if (!robot.mjcf || !with_facts) return choice;
  try {
    choice.facts = context.facts(choice.mjcf);
    if (!choice.facts->warnings.empty())
      context.diagnostics.warning("E0521", robot.mjcf->span, "MuJoCo warns of the model: " + choice.facts->warnings);
  } catch (const Error& error) {
    context.diagnostics.add(error.at(robot.mjcf->span));
    return std::nullopt;
  }
  return choice;
}

namespace {

/// Adds what the scripts set for the algorithm on the robot. False after an error.
bool add_settings_of_scripts(Script& script, Context& context) {
  if (!script.algorithm || !script.robot.item) return true;
  const std::string algorithm = name_of(*script.algorithm).text, robot = name_of(*script.robot.item).text;
  script.block = find_settings(*script.library, algorithm, robot);
  if (script.block) script.settings.add_rest(script.block->entries, context.sources);
  return script.block ||
         require_settings(*script.library, algorithm, {robot, Span{script.file->id, 0, 0}}, context.diagnostics);
}

}  // namespace

std::optional<Script> load_script(const ScriptOptions& options, Context& context) {
  Script script;
  script.settings = parse_settings(options.settings, context);
  script.library = std::make_unique<Library>(context.sources, context.places.search);
  script.file = load_file(*script.library, options.file, context);
  if (!script.file) return std::nullopt;
  check_settings(*script.library, context.diagnostics);
  if (context.diagnostics.has_errors()) return std::nullopt;
  const ast::Item* robot = options.robot.empty() ? nullptr : script.library->robot(options.robot, context.diagnostics);
  if (context.diagnostics.has_errors()) return std::nullopt;
  if (options.algorithm.empty() && algorithms_of(*script.library, *script.file).empty() && first_robot(*script.file)) {
    if (!robot) robot = first_robot(*script.file);
  } else {
    script.algorithm = choose_algorithm(script, options.algorithm, context);
    if (!script.algorithm) return std::nullopt;
  }
  if (!robot) return script;
  std::optional<RobotChoice> choice = robot_choice(*robot, *script.library, true, context);
  if (!choice) return std::nullopt;
  script.robot = std::move(*choice);
  if (!add_settings_of_scripts(script, context)) return std::nullopt;
  return script;
}

std::optional<Script> load_robot(const std::string& robot, Context& context) {
  Script script;
  script.library = std::make_unique<Library>(context.sources, context.places.search);
  const ast::Item* item = script.library->robot(robot, context.diagnostics);
  if (!item || context.diagnostics.has_errors()) return std::nullopt;
  std::optional<RobotChoice> choice = robot_choice(*item, *script.library, true, context);
  if (!choice) return std::nullopt;
  script.robot = std::move(*choice);
  return script;
}

std::optional<Compiled> compile(const Script& script, const Settings& settings,
                                const std::vector<std::string>& disabled_passes, Context& context,
                                std::span<const PipelineStep> passes) {
  check_pass_names(disabled_passes);
  Compiled compiled;
  compiled.elaboration = script.algorithm ? elaborate_algorithm(context.sources, *script.library, *script.algorithm,
                                                                script.robot, settings.texts(), context.diagnostics)
                                          : elaborate_robot(context.sources, *script.library, script.robot,
                                                            settings.texts(), context.diagnostics);
  if (context.diagnostics.has_errors()) return std::nullopt;
  PipelineOptions options;
  options.disabled = disabled_passes;
  options.verify_options.sizes_known = script.robot.facts.has_value();
  require_well_formed(compiled.program(), options.verify_options);
  compiled.passes = run_pipeline(compiled.program(), options, passes);
  return compiled;
}

}  // namespace duet
