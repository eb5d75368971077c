#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

// What a script may know of a robot's MJCF model, without MuJoCo. The compiler reads it as JSON from `duet-model`;
// the simulator fills it from the model itself (runtime/sim/model.h).

namespace duet {

/// A named thing (body, geom, site, keyframe) and its row in the matching quantity; the name may be empty.
struct NamedFact {
  std::string name;
  int id = 0;

  bool operator==(const NamedFact&) const = default;
};

/// One joint: its kind (free, ball, slide, hinge) and the slots it owns in qpos and qvel.
struct JointFact {
  std::string name;
  std::string kind;
  std::string body;
  int qpos_address = 0;
  int qpos_size = 0;
  int dof_address = 0;
  int dof_size = 0;
  bool limited = false;
  double low = 0.0;   ///< Lower limit in metres or radians; 0 if not limited.
  double high = 0.0;  ///< Upper limit.

  bool operator==(const JointFact&) const = default;
};

/// One actuator. Without a limit the range is 0..0 and any control is taken as it is.
struct ActuatorFact {
  std::string name;
  bool limited = false;
  double low = 0.0;
  double high = 0.0;

  bool operator==(const ActuatorFact&) const = default;
};

/// One sensor and the slots it owns in sensordata.
struct SensorFact {
  std::string name;
  int address = 0;
  int size = 0;

  bool operator==(const SensorFact&) const = default;
};

/// The shape of one quantity that Simulator::quantity() can read; a vector has one column.
struct QuantityFact {
  std::string name;
  int rows = 0;
  int cols = 1;

  bool operator==(const QuantityFact&) const = default;
};

/// Everything the compiler needs to check a robot's script.
struct ModelFacts {
  std::string name;        ///< The model's own name in the MJCF file.
  int nq = 0;              ///< Size of qpos.
  int nv = 0;              ///< Size of qvel.
  int nu = 0;              ///< Number of controls.
  int na = 0;              ///< Number of actuator activations.
  double timestep = 0.0;   ///< Seconds of one physics step.
  std::string integrator;  ///< Euler, RK4 or implicit.
  double mass = 0.0;       ///< Of all bodies that can move, in kilograms.
  std::vector<double> qpos0;
  std::vector<NamedFact> bodies;  ///< Row 0 is the world.
  std::vector<JointFact> joints;
  std::vector<NamedFact> geoms;
  std::vector<NamedFact> sites;
  std::vector<NamedFact> cameras;
  std::vector<NamedFact> tendons;
  std::vector<NamedFact> keyframes;
  std::vector<NamedFact> activations;  ///< Of actuators that have one, in the order of `act`.
  std::vector<SensorFact> sensors;
  std::vector<SensorFact> numerics;  ///< Custom numbers: <numeric> elements and their slots in `numeric`.
  std::vector<ActuatorFact> actuators;
  std::vector<QuantityFact> quantities;
  std::string warnings;  ///< What MuJoCo's compiler warned of; empty if nothing.

  bool operator==(const ModelFacts&) const = default;
};

/// The facts as JSON; doubles survive the way there and back bit for bit.
nlohmann::json to_json(const ModelFacts& facts);

/// The inverse of to_json(). Throws Error E0503 if a key is missing or of the wrong kind.
ModelFacts facts_from_json(const nlohmann::json& json);

}  // namespace duet
