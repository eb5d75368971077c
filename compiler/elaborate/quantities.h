#pragma once

#include <string>
#include <vector>

#include "runtime/ops/type.h"
#include "runtime/sim/facts.h"

/// The quantities of the simulator that a robot's script may name. Private to compiler/elaborate.
namespace duet {

/// Whether a quantity is one of the model and stays what it is during an episode; a `set` clause may change a settable
/// one.
enum class Constant { no, fixed, settable };

/// A quantity with the axes of its rows and columns; empty where it has none.
struct RobotQuantity {
  const char* name;
  const char* row = "";
  const char* column = "";
  Constant constant = Constant::no;
};

const std::vector<RobotQuantity>& robot_quantities();
/// Null if there is none of that name.
const RobotQuantity* find_quantity(const std::string& name);
/// Its type in a model; sizes that depend on the model are unknown without facts.
Type type_of(const RobotQuantity& quantity, const ModelFacts* facts);

/// Whether places along the axis have names in the model: bodies, joints, actuators ...
bool is_named_axis(const std::string& axis);
int64_t named_axis_size(const std::string& axis, const ModelFacts& facts);

}  // namespace duet
