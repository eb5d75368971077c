#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/velocities.h"

namespace duet {
namespace {

std::string name_of(const mjModel& m, mjtObj kind, int id) {
  const char* name = mj_id2name(&m, kind, id);
  return name ? name : "";
}

std::vector<NamedFact> names_of(const mjModel& m, mjtObj kind, int count) {
  std::vector<NamedFact> facts;
  for (int id = 0; id < count; ++id) facts.push_back({name_of(m, kind, id), id});
  return facts;
}

struct JointKind {
  const char* name;
  int qpos_size;
  int dof_size;
};

JointKind joint_kind(int type) {
  switch (type) {
    case mjJNT_FREE:
      return {"free", 7, 6};
    case mjJNT_BALL:
      return {"ball", 4, 3};
    case mjJNT_SLIDE:
      return {"slide", 1, 1};
    default:
      return {"hinge", 1, 1};
  }
}

JointFact joint_fact(const mjModel& m, int id) {
  const JointKind kind = joint_kind(m.jnt_type[id]);
  JointFact fact;
  fact.name = name_of(m, mjOBJ_JOINT, id);
  fact.kind = kind.name;
  fact.body = name_of(m, mjOBJ_BODY, m.jnt_bodyid[id]);
  fact.qpos_address = m.jnt_qposadr[id];
  fact.qpos_size = kind.qpos_size;
  fact.dof_address = m.jnt_dofadr[id];
  fact.dof_size = kind.dof_size;
  fact.limited = m.jnt_limited[id] != 0;
  fact.low = fact.limited ? m.jnt_range[2 * id] : 0.0;
  fact.high = fact.limited ? m.jnt_range[2 * id + 1] : 0.0;
  return fact;
}

ActuatorFact actuator_fact(const mjModel& m, int id) {
  ActuatorFact fact;
  fact.name = name_of(m, mjOBJ_ACTUATOR, id);
  fact.limited = m.actuator_ctrllimited[id] != 0;
  fact.low = fact.limited ? m.actuator_ctrlrange[2 * id] : 0.0;
  fact.high = fact.limited ? m.actuator_ctrlrange[2 * id + 1] : 0.0;
  return fact;
}

}  // namespace

ModelFacts read_facts(const mjModel& m) {
  ModelFacts facts;
  facts.name = m.names;  // The model's own name opens the table of names.
  facts.nq = m.nq;
  facts.nv = m.nv;
  facts.nu = m.nu;
  facts.na = m.na;
  facts.timestep = m.opt.timestep;
  facts.qpos0.assign(m.qpos0, m.qpos0 + m.nq);
  facts.bodies = names_of(m, mjOBJ_BODY, m.nbody);
  facts.geoms = names_of(m, mjOBJ_GEOM, m.ngeom);
  facts.sites = names_of(m, mjOBJ_SITE, m.nsite);
  facts.cameras = names_of(m, mjOBJ_CAMERA, m.ncam);
  facts.tendons = names_of(m, mjOBJ_TENDON, m.ntendon);
  facts.keyframes = names_of(m, mjOBJ_KEY, m.nkey);
  // Activations belong to the last na actuators.
  for (int id = 0; id < m.na; ++id) facts.activations.push_back({name_of(m, mjOBJ_ACTUATOR, m.nu - m.na + id), id});
  for (int id = 0; id < m.nnumeric; ++id)
    facts.numerics.push_back({name_of(m, mjOBJ_NUMERIC, id), m.numeric_adr[id], m.numeric_size[id]});
  facts.integrator = m.opt.integrator == mjINT_EULER ? "Euler" : m.opt.integrator == mjINT_RK4 ? "RK4" : "implicit";
  for (int id = 0; id < m.nbody; ++id)
    if (m.body_weldid[id] != 0) facts.mass += m.body_mass[id];
  for (int id = 0; id < m.njnt; ++id) facts.joints.push_back(joint_fact(m, id));
  for (int id = 0; id < m.nu; ++id) facts.actuators.push_back(actuator_fact(m, id));
  for (int id = 0; id < m.nsensor; ++id) {
    facts.sensors.push_back({name_of(m, mjOBJ_SENSOR, id), m.sensor_adr[id], m.sensor_dim[id]});
  }
  for (const QuantitySlot& slot : quantity_slots(m, nullptr)) {
    facts.quantities.push_back({slot.name, slot.rows, slot.cols});
  }
  facts.quantities.push_back({kContactCount, 1, 1});
  facts.quantities.push_back({kContactForce, m.ngeom, m.ngeom});
  for (const QuantitySlot& shape : velocity_shapes(m)) facts.quantities.push_back({shape.name, shape.rows, shape.cols});
  return facts;
}

}  // namespace duet
