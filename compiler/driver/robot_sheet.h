#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/script.h"
#include "compiler/driver/settings.h"
#include "runtime/program/program.h"
#include "runtime/sim/facts.h"

/// What `duet robot` shows of a robot, gathered once and written as text or as JSON.
namespace duet {

/// The limits of an action that has none lie beyond this.
inline constexpr double kNoLimit = 1e29;

/// A clause as it is written.
struct ClauseSheet {
  std::string kind;   ///< The word it begins with, as in "reward"; "function" for helpers.
  std::string text;   ///< What follows, with the indentation of its later lines taken back to the least of them.
  std::string robot;  ///< Which of the robots that extend each other gives it.
  std::string place;  ///< "path:line:column"
};

/// A parameter with the value it has here.
struct ParameterSheet {
  std::string name;
  ParameterValue value;
  std::string declared_by;             ///< The robot in whose head it stands.
  std::optional<std::string> written;  ///< Its default as written.
  std::string source;                  ///< "default", "--set", or the robot that gives the value by `extends`.
};

struct RobotSheet {
  std::string name, place, doc;
  std::vector<std::string> extends;  ///< What it extends, nearest first.
  std::string mjcf;                  ///< Path of the model file.
  std::vector<ParameterSheet> parameters;
  RobotProgram program;                   ///< Sizes, limits and timing; its blocks stand here, too.
  std::vector<std::string> action_names;  ///< Of the actuators, if the action is the control; else empty.
  double dt = 0;                          ///< Seconds of a control step.
  std::vector<ClauseSheet> clauses;
  ModelFacts model;
};

/// Compiles the robot of `script` with `settings`. Nullopt after errors, which are in the diagnostics.
std::optional<RobotSheet> robot_sheet(const Script& script, const Settings& settings, Context& context);

/// The sheet as JSON. An action without limit has null there.
nlohmann::ordered_json to_json(const RobotSheet& sheet);

/// The sheet for a reader. Lists of more than a dozen entries are cut, unless `all` is set.
std::string to_text(const RobotSheet& sheet, bool all);

}  // namespace duet
