#include "compiler/sema/settings.h"

#include <algorithm>
#include <map>

#include "compiler/base/suggest.h"

namespace duet {

namespace {

template <typename Visit>
void each_block(const Library& library, const Visit& visit) {
  for (const auto& file : library.files())
    for (const ast::Item& item : file->items)
      if (const auto* settings = std::get_if<ast::Settings>(&item.as)) visit(*settings);
}

template <typename Kind>
std::vector<std::string> names_of_kind(const Library& library) {
  std::vector<std::string> names;
  for (const std::string& name : library.names())
    if (std::get_if<Kind>(&library.find(name)->as)) names.push_back(name);
  return names;
}

}  // namespace

const ast::Settings* find_settings(const Library& library, const std::string& algorithm, const std::string& robot) {
  const ast::Settings* found = nullptr;
  each_block(library, [&](const ast::Settings& settings) {
    for (const ast::Name& name : settings.robots)
      if (settings.algorithm.text == algorithm && name.text == robot && !found) found = &settings;
  });
  return found;
}

std::vector<std::string> robots_with_settings(const Library& library, const std::string& algorithm) {
  std::vector<std::string> robots;
  each_block(library, [&](const ast::Settings& settings) {
    if (settings.algorithm.text != algorithm) return;
    for (const ast::Name& name : settings.robots) robots.push_back(name.text);
  });
  return robots;
}

bool require_settings(const Library& library, const std::string& algorithm, const ast::Name& robot,
                      Diagnostics& diagnostics) {
  const std::vector<std::string> others = robots_with_settings(library, algorithm);
  if (others.empty() || find_settings(library, algorithm, robot.text)) return true;
  std::string list;
  for (const std::string& other : others) list += (list.empty() ? "" : ", ") + other;
  const std::string near = did_you_mean(robot.text, others);
  diagnostics.error("E0217", robot.span, "there are no settings of `" + algorithm + "` on `" + robot.text + "`")
      .note("there are some on " + list)
      .help(near.empty() ? "`settings " + algorithm + " on " + robot.text + " { }` runs it with the algorithm's own"
                         : near);
  return false;
}

std::vector<const ast::Item*> algorithms_with_settings(const Library& library, const ast::File& file) {
  std::vector<const ast::Item*> found;
  for (const ast::Item& item : file.items) {
    const auto* settings = std::get_if<ast::Settings>(&item.as);
    const ast::Item* algorithm = settings ? library.find(settings->algorithm.text) : nullptr;
    if (!algorithm || !std::get_if<ast::Algorithm>(&algorithm->as)) continue;
    if (std::find(found.begin(), found.end(), algorithm) == found.end()) found.push_back(algorithm);
  }
  return found;
}

const ast::Item* require_algorithm(const ast::Name& name, const Library& library, Diagnostics& diagnostics) {
  const ast::Item* item = library.find(name.text);
  if (item && std::get_if<ast::Algorithm>(&item->as)) return item;
  auto report = diagnostics.error("E0213", name.span, "there is no algorithm `" + name.text + "`");
  const std::string near = did_you_mean(name.text, names_of_kind<ast::Algorithm>(library));
  if (item) report.note("`" + name.text + "` is a " + kind_of(*item));
  report.help(near.empty() ? "load the script that defines it with `use`" : near);
  return nullptr;
}

bool check_robot_name(const ast::Name& name, const Library& library, Diagnostics& diagnostics) {
  std::vector<std::string> known = library.robot_names();
  const std::vector<std::string> own = names_of_kind<ast::Robot>(library);
  known.insert(known.end(), own.begin(), own.end());
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return true;
  const std::string near = did_you_mean(name.text, known);
  diagnostics.error("E0504", name.span, "there is no robot `" + name.text + "`")
      .help(near.empty() ? "`duet robots` lists those in " + library.paths().robots : near);
  return false;
}

void check_keys(const std::vector<ast::Setting>& settings, Diagnostics& diagnostics) {
  std::map<std::string, Span> seen;
  for (const ast::Setting& setting : settings) {
    const auto [first, fresh] = seen.emplace(setting.key.text, setting.key.span);
    if (!fresh)
      diagnostics.error("E0216", setting.key.span, "`" + setting.key.text + "` is set twice")
          .label(first->second, "it was first set here");
  }
}

void check_settings(const Library& library, Diagnostics& diagnostics) {
  std::map<std::pair<std::string, std::string>, Span> seen;
  each_block(library, [&](const ast::Settings& settings) {
    require_algorithm(settings.algorithm, library, diagnostics);
    check_keys(settings.entries, diagnostics);
    for (const ast::Name& robot : settings.robots) {
      check_robot_name(robot, library, diagnostics);
      const auto [first, fresh] = seen.emplace(std::pair{settings.algorithm.text, robot.text}, robot.span);
      if (!fresh)
        diagnostics
            .error("E0216", robot.span,
                   "`" + settings.algorithm.text + "` has two blocks of settings on `" + robot.text + "`")
            .label(first->second, "the first is here");
    }
  });
}

}  // namespace duet
