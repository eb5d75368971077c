#include "runtime/sim/unstable.h"

#include <array>
#include <cstdio>

namespace duet {
namespace {

constexpr std::array kBadNumbers = {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC, mjWARN_BADCTRL};

std::string quoted(const mjModel& m, mjtObj kind, int id, const char* what) {
  const char* name = id >= 0 ? mj_id2name(&m, kind, id) : nullptr;
  if (name && *name) return std::string(what) + " '" + name + "'";
  return std::string(what) + " " + std::to_string(id);
}

int joint_of_qpos(const mjModel& m, int index) {
  int joint = m.njnt - 1;
  while (joint > 0 && m.jnt_qposadr[joint] > index) --joint;
  return joint;
}

std::string of_dof(const mjModel& m, int dof) {
  const int joint = dof >= 0 && dof < m.nv ? m.dof_jntid[dof] : -1;
  return quoted(m, mjOBJ_JOINT, joint, "joint");
}

std::string fault(const mjModel& m, mjtWarning kind, int index) {
  constexpr const char* kBad = " is not finite or beyond 1e10";
  switch (kind) {
    case mjWARN_BADQPOS:
      return "the position of " + quoted(m, mjOBJ_JOINT, joint_of_qpos(m, index), "joint") + kBad;
    case mjWARN_BADQVEL:
      return "the velocity of " + of_dof(m, index) + kBad;
    case mjWARN_BADQACC:
      return "the acceleration of " + of_dof(m, index) + kBad;
    default:
      return "the control of " + quoted(m, mjOBJ_ACTUATOR, index, "actuator") + kBad;
  }
}

/// The first index of a bad number, or -1.
int first_bad(const double* values, int count) {
  for (int i = 0; i < count; ++i) {
    if (mju_isBad(values[i])) return i;
  }
  return -1;
}

}  // namespace

void clear_instability(mjData& data) {
  for (const mjtWarning kind : kBadNumbers) data.warning[kind] = {};
}

std::string describe_instability(const mjModel& model, const mjData& data) {
  for (const mjtWarning kind : kBadNumbers) {
    if (data.warning[kind].number > 0) return fault(model, kind, data.warning[kind].lastinfo);
  }
  return {};
}

std::string describe_bad_state(const mjModel& model, const mjData& data) {
  if (const int at = first_bad(data.qpos, model.nq); at >= 0) return fault(model, mjWARN_BADQPOS, at);
  if (const int at = first_bad(data.qvel, model.nv); at >= 0) return fault(model, mjWARN_BADQVEL, at);
  if (const int at = first_bad(data.act, model.na); at >= 0) {
    return "activation " + std::to_string(at) + " is not finite or beyond 1e10";
  }
  return {};
}

std::string describe_warnings(const mjData& data) {
  constexpr std::array<std::pair<mjtWarning, const char*>, 3> kinds = {{
      {mjWARN_INERTIA, "the inertia matrix is nearly singular"},
      {mjWARN_CONTACTFULL, "contacts were dropped: raise <size nconmax>"},
      {mjWARN_CNSTRFULL, "constraints were dropped: raise <size njmax>"},
  }};
  std::string text;
  for (const auto& [kind, meaning] : kinds) {
    const int count = data.warning[kind].number;
    if (count == 0) continue;
    if (!text.empty()) text += "; ";
    text += std::string(meaning) + " (" + std::to_string(count) + " times)";
  }
  return text;
}

Error unstable_error(const std::string& fault, double began) {
  std::array<char, 48> when{};
  std::snprintf(when.data(), when.size(), "%.6g s", began);
  return Error("E0601", "the simulation became unstable in the step from " + std::string(when.data()) + ": " + fault,
               "look for controls or start states that are not finite, too long a timestep, or too strong actuators");
}

}  // namespace duet
