#pragma once

// Private to runtime/sim and its tests: the one place that includes MuJoCo.

#include <mujoco/mujoco.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/sim/facts.h"
#include "runtime/sim/model.h"
#include "runtime/sim/simulator.h"

namespace duet {

struct MjModelFree {
  void operator()(mjModel* model) const { mj_deleteModel(model); }
};
struct MjDataFree {
  void operator()(mjData* data) const { mj_deleteData(data); }
};
using MjModelPtr = std::unique_ptr<mjModel, MjModelFree>;
using MjDataPtr = std::unique_ptr<mjData, MjDataFree>;

struct Model::Native {
  MjModelPtr model;
  ModelFacts facts;
  std::string path;
  std::string warnings;
};

struct Simulator::Native {
  const mjModel& model;
};

/// Makes MuJoCo's fatal errors throw Error E0611 instead of ending the process, and its warnings silent: the simulator
/// reads the counters of mjData. Done once per process; cheap to call again. An mjData through which an error was
/// thrown has a dirty stack: call mj_resetData before using it again.
void install_mujoco_handlers();

/// The names, sizes and shapes of a compiled model.
ModelFacts read_facts(const mjModel& model);

/// One readable array: `values` points into mjModel or mjData and stays valid as long as they do.
struct QuantitySlot {
  const char* name;
  const double* values;
  int rows;
  int cols;
  bool constant;  ///< Belongs to the model and is no part of a saved state.
};

/// The readable arrays that mjModel and mjData own, in a fixed order. `data` may be null where only shapes are wanted:
/// then `values` is null for all that is not constant.
std::vector<QuantitySlot> quantity_slots(const mjModel& model, const mjData* data);

/// An array of the model, constant during a step.
struct ModelArray {
  const char* name;
  double* values;
  int rows;
  int cols;
};
std::vector<ModelArray> model_arrays(const mjModel& model);

/// Quantities that the simulator itself keeps, after those of quantity_slots().
inline constexpr const char* kContactCount = "ncon";
/// ngeom x ngeom: the normal force between two geoms in newtons.
inline constexpr const char* kContactForce = "contact_force";

}  // namespace duet
