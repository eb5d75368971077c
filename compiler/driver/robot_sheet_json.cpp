#include <cmath>
#include <nlohmann/json.hpp>

#include "compiler/driver/robot_sheet.h"

namespace duet {

namespace {

using Json = nlohmann::ordered_json;

const char* name_of(OutsideLimits rule) {
  return rule == OutsideLimits::pass ? "pass" : rule == OutsideLimits::clip ? "clip" : "refuse";
}

Json limits(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::abs(value) < kNoLimit ? Json(value) : Json(nullptr));
  return list;
}

Json parameters(const RobotSheet& sheet) {
  Json list = Json::array();
  for (const ParameterSheet& each : sheet.parameters)
    list.push_back({{"name", each.name},
                    {"value", each.value.is_list ? Json(each.value.numbers) : Json(each.value.numbers.at(0))},
                    {"source", each.source},
                    {"default", each.written ? Json(*each.written) : Json(nullptr)},
                    {"robot", each.declared_by}});
  return list;
}

Json timing(const RobotSheet& sheet) {
  const RobotProgram& robot = sheet.program;
  const bool limited = robot.limit > 0;
  return {{"timestep", sheet.model.timestep},
          {"integrator", sheet.model.integrator},
          {"frames", robot.frames},
          {"dt", sheet.dt},
          {"control_hz", 1 / sheet.dt},
          {"limit_steps", limited ? Json(robot.limit) : Json(nullptr)},
          {"limit_seconds", limited ? Json(static_cast<double>(robot.limit) * sheet.dt) : Json(nullptr)},
          {"settle_frames", robot.settle}};
}

Json clauses(const RobotSheet& sheet) {
  Json list = Json::array();
  for (const ClauseSheet& each : sheet.clauses)
    list.push_back({{"kind", each.kind}, {"text", each.text}, {"robot", each.robot}, {"place", each.place}});
  return list;
}

}  // namespace

nlohmann::ordered_json to_json(const RobotSheet& sheet) {
  const RobotProgram& robot = sheet.program;
  return {{"name", sheet.name},
          {"place", sheet.place},
          {"doc", sheet.doc},
          {"extends", sheet.extends},
          {"mjcf", sheet.mjcf},
          {"parameters", parameters(sheet)},
          {"observation", {{"size", robot.obs}}},
          {"action",
           {{"size", robot.action},
            {"actuators", sheet.action_names},
            {"low", limits(robot.low)},
            {"high", limits(robot.high)},
            {"outside", name_of(robot.outside)}}},
          {"timing", timing(sheet)},
          {"clauses", clauses(sheet)},
          {"model", to_json(sheet.model)}};
}

}  // namespace duet
