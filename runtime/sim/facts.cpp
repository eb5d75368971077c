#include "runtime/sim/facts.h"

#include <nlohmann/json.hpp>

#include "runtime/core/error.h"

namespace duet {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NamedFact, name, id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JointFact, name, kind, body, qpos_address, qpos_size, dof_address, dof_size, limited,
                                   low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ActuatorFact, name, limited, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SensorFact, name, address, size)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(QuantityFact, name, rows, cols)

nlohmann::json to_json(const ModelFacts& facts) {
  return {{"name", facts.name},
          {"nq", facts.nq},
          {"nv", facts.nv},
          {"nu", facts.nu},
          {"na", facts.na},
          {"timestep", facts.timestep},
          {"integrator", facts.integrator},
          {"mass", facts.mass},
          {"qpos0", facts.qpos0},
          {"bodies", facts.bodies},
          {"joints", facts.joints},
          {"geoms", facts.geoms},
          {"sites", facts.sites},
          {"cameras", facts.cameras},
          {"tendons", facts.tendons},
          {"keyframes", facts.keyframes},
          {"activations", facts.activations},
          {"sensors", facts.sensors},
          {"numerics", facts.numerics},
          {"actuators", facts.actuators},
          {"quantities", facts.quantities},
          {"warnings", facts.warnings}};
}

ModelFacts facts_from_json(const nlohmann::json& json) {
  ModelFacts facts;
  try {
    json.at("name").get_to(facts.name);
    json.at("nq").get_to(facts.nq);
    json.at("nv").get_to(facts.nv);
    json.at("nu").get_to(facts.nu);
    json.at("na").get_to(facts.na);
    json.at("timestep").get_to(facts.timestep);
    json.at("integrator").get_to(facts.integrator);
    json.at("mass").get_to(facts.mass);
    json.at("qpos0").get_to(facts.qpos0);
    json.at("bodies").get_to(facts.bodies);
    json.at("joints").get_to(facts.joints);
    json.at("geoms").get_to(facts.geoms);
    json.at("sites").get_to(facts.sites);
    json.at("cameras").get_to(facts.cameras);
    json.at("tendons").get_to(facts.tendons);
    json.at("keyframes").get_to(facts.keyframes);
    json.at("activations").get_to(facts.activations);
    json.at("sensors").get_to(facts.sensors);
    json.at("numerics").get_to(facts.numerics);
    json.at("actuators").get_to(facts.actuators);
    json.at("quantities").get_to(facts.quantities);
    json.at("warnings").get_to(facts.warnings);
  } catch (const nlohmann::json::exception& wrong) {
    throw Error("E0503", std::string("the facts of a model are incomplete: ") + wrong.what(),
                "they are what duet-model prints; the program and duet-model may be of different versions");
  }
  return facts;
}

}  // namespace duet
