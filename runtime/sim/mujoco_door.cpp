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
  add("ten_length", &mjData::ten_length, m.ntendon);
  add("ten_velocity", &mjData::ten_velocity, m.ntendon);
  add_constant("qpos0", m.qpos0, m.nq);
  add_constant("body_mass", m.body_mass, m.nbody);
  return slots;
}

}  // namespace duet
