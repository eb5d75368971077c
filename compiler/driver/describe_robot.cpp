#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/driver/commands.h"
#include "compiler/driver/hand_over.h"
#include "compiler/driver/robot_sheet.h"

namespace duet {

ExitCode describe_robot(const RobotOptions& options, Context& context) {
  const Settings settings = parse_settings(options.settings, context);
  const std::optional<Script> script = load_robot(options.robot, context);
  if (!script) return context.report();
  const std::optional<RobotSheet> sheet = robot_sheet(*script, settings, context);
  if (!sheet) return context.report();
  if (options.json)
    std::cout << to_json(*sheet).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  else
    std::cout << to_text(*sheet, options.all);
  const ExitCode code = context.report();
  if (code != kOk || options.picture.empty()) return code;
  std::cout.flush();
  return draw_robot(options, context);
}

}  // namespace duet
