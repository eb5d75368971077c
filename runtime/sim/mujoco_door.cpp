#include "runtime/sim/mujoco_door.h"

#include <mutex>

#include "runtime/core/error.h"

namespace duet {
namespace {

// MuJoCo's C code carries unwind tables on every platform it is packaged for and holds nothing that needs a destructor,
// so an exception may pass through its frames.
void throw_error(const char* message) {
  throw Error("E0611", std::string("MuJoCo gave up: ") + message,
              "a stack or buffer overflow is cured by larger <size nstack, njmax, nconmax> in the MJCF file");
}

void ignore_warning(const char*) {}

}  // namespace

void install_mujoco_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    mju_user_error = throw_error;
    mju_user_warning = ignore_warning;
  });
}

std::vector<QuantitySlot> quantity_slots(const mjModel& m, const mjData* d) {
  std::vector<QuantitySlot> slots;
  const auto add = [&](const char* name, double* const mjData::*field, int rows, int cols = 1) {
    slots.push_back({name, d ? d->*field : nullptr, rows, cols, false});
  };
  const auto add_constant = [&](const char* name, const double* values, int rows, int cols = 1) {
    slots.push_back({name, values, rows, cols, true});
  };
  slots.push_back({"time", d ? &d->time : nullptr, 1, 1, false});
  add("qpos", &mjData::qpos, m.nq);
  add("qvel", &mjData::qvel, m.nv);
  add("act", &mjData::act, m.na);
  add("ctrl", &mjData::ctrl, m.nu);
  add("qacc", &mjData::qacc, m.nv);
  add("qfrc_actuator", &mjData::qfrc_actuator, m.nv);
  add("qfrc_constraint", &mjData::qfrc_constraint, m.nv);
  add("qfrc_passive", &mjData::qfrc_passive, m.nv);
  add("qfrc_bias", &mjData::qfrc_bias, m.nv);
  add("actuator_force", &mjData::actuator_force, m.nu);
  add("actuator_length", &mjData::actuator_length, m.nu);
  add("actuator_velocity", &mjData::actuator_velocity, m.nu);
  add("sensordata", &mjData::sensordata, m.nsensordata);
  add("xpos", &mjData::xpos, m.nbody, 3);
  add("xquat", &mjData::xquat, m.nbody, 4);
  add("xmat", &mjData::xmat, m.nbody, 9);
  add("xipos", &mjData::xipos, m.nbody, 3);
  add("subtree_com", &mjData::subtree_com, m.nbody, 3);
  add("cinert", &mjData::cinert, m.nbody, 10);
  add("cvel", &mjData::cvel, m.nbody, 6);
  add("cacc", &mjData::cacc, m.nbody, 6);
  add("cfrc_int", &mjData::cfrc_int, m.nbody, 6);
  add("cfrc_ext", &mjData::cfrc_ext, m.nbody, 6);
  add("geom_xpos", &mjData::geom_xpos, m.ngeom, 3);
  add("geom_xmat", &mjData::geom_xmat, m.ngeom, 9);
  add("site_xpos", &mjData::site_xpos, m.nsite, 3);
  add("site_xmat", &mjData::site_xmat, m.nsite, 9);
  add("xanchor", &mjData::xanchor, m.njnt, 3);
  add("xaxis", &mjData::xaxis, m.njnt, 3);
  add("ten_length", &mjData::ten_length, m.ntendon);
  add("ten_velocity", &mjData::ten_velocity, m.ntendon);
  add_constant("qpos0", m.qpos0, m.nq);
  for (const ModelArray& array : model_arrays(m)) add_constant(array.name, array.values, array.rows, array.cols);
  return slots;
}

std::vector<ModelArray> model_arrays(const mjModel& m) {
  // Never written through here: whoever may write has a model of its own.
  double* const gravity = const_cast<double*>(m.opt.gravity);
  return {
      {"body_mass", m.body_mass, m.nbody, 1},
      {"body_inertia", m.body_inertia, m.nbody, 3},
      {"body_pos", m.body_pos, m.nbody, 3},
      {"body_quat", m.body_quat, m.nbody, 4},
      {"body_ipos", m.body_ipos, m.nbody, 3},
      {"geom_friction", m.geom_friction, m.ngeom, 3},
      {"geom_pos", m.geom_pos, m.ngeom, 3},
      {"geom_quat", m.geom_quat, m.ngeom, 4},
      {"geom_size", m.geom_size, m.ngeom, 3},
      {"site_pos", m.site_pos, m.nsite, 3},
      {"site_quat", m.site_quat, m.nsite, 4},
      {"tendon_stiffness", m.tendon_stiffness, m.ntendon, 1},
      {"tendon_damping", m.tendon_damping, m.ntendon, 1},
      {"actuator_dynprm", m.actuator_dynprm, m.nu, mjNDYN},
      {"dof_damping", m.dof_damping, m.nv, 1},
      {"dof_armature", m.dof_armature, m.nv, 1},
      {"dof_frictionloss", m.dof_frictionloss, m.nv, 1},
      {"jnt_range", m.jnt_range, m.njnt, 2},
      {"jnt_stiffness", m.jnt_stiffness, m.njnt, 1},
      {"actuator_gainprm", m.actuator_gainprm, m.nu, mjNGAIN},
      {"actuator_biasprm", m.actuator_biasprm, m.nu, mjNBIAS},
      {"actuator_forcerange", m.actuator_forcerange, m.nu, 2},
      {"actuator_ctrlrange", m.actuator_ctrlrange, m.nu, 2},
      {"actuator_gear", m.actuator_gear, m.nu, 6},
      {"gravity", gravity, 3, 1},
      {"numeric", m.numeric_data, m.nnumericdata, 1},
      {"key_qpos", m.key_qpos, m.nkey, m.nq},
      {"key_qvel", m.key_qvel, m.nkey, m.nv},
  };
}

}  // namespace duet
