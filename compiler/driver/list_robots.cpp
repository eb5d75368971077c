#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/commands.h"
#include "compiler/driver/header_comment.h"
#include "compiler/driver/robot_sheet.h"

namespace duet {

namespace {

struct Line {
  std::string name, about;
  int64_t obs = 0, action = 0;
};

/// What one line says of a bundled robot; nothing after errors.
std::optional<Line> line_of(const std::string& name, const Settings& defaults, Context& context) {
  const std::optional<Script> script = load_robot(name, context);
  const std::optional<RobotSheet> sheet = script ? robot_sheet(*script, defaults, context) : std::nullopt;
  if (!sheet) return std::nullopt;
  return Line{sheet->name, first_sentence(sheet->doc), sheet->program.obs, sheet->program.action};
}

void print(const std::vector<Line>& lines) {
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  const auto right = [](int64_t number) {
    const std::string text = std::to_string(number);
    return std::string(text.size() < 4 ? 4 - text.size() : 0, ' ') + text;
  };
  for (const Line& line : lines)
    std::cout << line.name << std::string(width - line.name.size(), ' ') << right(line.obs) << " obs"
              << right(line.action) << " action   " << line.about << "\n";
}

nlohmann::ordered_json json_of(const std::vector<Line>& lines) {
  auto list = nlohmann::ordered_json::array();
  for (const Line& line : lines)
    list.push_back({{"name", line.name}, {"about", line.about}, {"obs", line.obs}, {"action", line.action}});
  return list;
}

}  // namespace

ExitCode list_robots(const RobotsOptions& options, Context& context) {
  const Settings defaults;
  std::vector<Line> lines;
  Diagnostics found;
  for (const std::string& name : Library(context.sources, context.places.search).robot_names()) {
    if (auto line = line_of(name, defaults, context)) lines.push_back(std::move(*line));
    found.append(context.diagnostics);  // one robot's mistakes must not hide the next
    context.diagnostics.clear();
  }
  if (options.json)
    std::cout << json_of(lines).dump(2) << "\n";
  else
    print(lines);
  context.diagnostics = std::move(found);
  return context.report();
}

}  // namespace duet
