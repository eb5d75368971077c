#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "runtime/core/span.h"
#include "runtime/ops/ops.h"
#include "runtime/ops/type.h"

/// What an engine runs: a graph of operations in nested blocks, and the state it works on.
/// The compiler builds it (compiler/graph), engines only read it.
namespace duet {

using ValueId = int32_t;

struct Value {
  Type type;
  std::string name;  // the user's name for it, or empty; for printing
};

using Attribute =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>, std::vector<std::string>>;

struct Node;

/// Nodes in order of evaluation. A node may use values of the enclosing blocks.
struct Block {
  std::vector<ValueId> parameters;
  std::vector<Node> nodes;
  std::vector<ValueId> results;
};

struct Node {
  Op op;
  std::vector<ValueId> inputs;
  std::vector<ValueId> results;
  std::map<std::string, Attribute> attributes;
  std::vector<Block> blocks;
  Span span;

  bool has(const std::string& key) const { return attributes.count(key) > 0; }
  /// The attribute `key`; a missing attribute or a wrong type is an internal error (std::logic_error).
  int64_t integer(const std::string& key) const;
  double real(const std::string& key) const;
  const std::string& text(const std::string& key) const;
  const std::vector<int64_t>& integers(const std::string& key) const;
  const std::vector<double>& reals(const std::string& key) const;
  const std::vector<std::string>& texts(const std::string& key) const;
};

/// How a state starts. Random starts are drawn from the run's seed and the state's name.
struct Initial {
  enum class Kind { constant, uniform, truncated_normal, copy, indices };
  Kind kind = Kind::constant;
  double scale =
      0;  // the constant; the bound of uniform(-scale, scale); the deviation of the normal cut at 2 deviations
  int64_t source = -1;  // copy: the state that is copied (it comes earlier). indices: 0, 1, 2 ... along the last axis
};

/// A named tensor that outlives one evaluation: a weight, a variable, a moment of an optimizer, a planner's theta.
struct State {
  std::string name;  // "agent.q.w0"
  Type type;
  Initial initial;
};

struct MemoryInfo {
  std::string name;
  int64_t capacity = 0;
};

/// A robot's script, lowered. The blocks are evaluated in double precision on the quantities of the simulator.
///
/// Every block's parameters are named by `inputs` of that block: a quantity of the simulator or a variable of the robot
/// after the step ("qpos'"), before it ("qpos"), "action", "obs", "obs'", a constant of the model ("qpos0",
/// "body_mass") or a number drawn for the episode.
struct RobotBlock {
  Block block;
  std::vector<std::string> inputs;  // one per block parameter
};

/// A named tensor of the robot's own.
struct RobotValue {
  std::string name;
  Type type;
};

/// Elements of an array of the model that a `set` clause writes, as places in the row-major array.
struct ModelEdit {
  std::string quantity;
  std::vector<int64_t> elements;
};

/// What happens to an action outside its limits: it is given on, moved to the limits, or refused with Error E0615.
enum class OutsideLimits { pass, clip, refuse };
struct RobotProgram {
  std::string name;
  std::string mjcf;    // path of the model file
  int64_t frames = 1;  // physics steps per control step
  int64_t limit = 0;   // control steps per episode; 0: no limit
  int64_t obs = kUnknownSize, action = kUnknownSize;
  std::vector<double> low, high;  // limits of the action
  RobotBlock observe;             // -> obs (quantities after the step or the reset)
  RobotBlock reward;              // -> scalar
  RobotBlock done;                // -> scalar, true ends the episode as a failure or success; empty if never
  RobotBlock truncate;            // -> scalar, true ends the episode without being its end; empty if never
  RobotBlock reset;               // -> qpos, qvel, and, if it can be refused, whether this start is accepted; may draw

  int64_t settle = 0;  // physics steps without control at the start of an episode
  OutsideLimits outside = OutsideLimits::pass;
  RobotBlock control;               // -> ctrl; empty: the action is the control
  bool control_each_frame = false;  // computed before each physics step, else once per control step

  std::vector<RobotValue> drawn;  // numbers of the episode
  RobotBlock randomize;           // -> drawn
  std::vector<ModelEdit> edits;
  RobotBlock edit;  // -> the new elements of each edit; its constants are those of the model file

  std::vector<RobotValue> variables;
  RobotBlock start;  // -> variables, after a reset
  // Which variables get a new value before and after the physics of a control step, and the values.
  std::vector<int64_t> before_variables, after_variables;
  RobotBlock before, after;
};

struct Program {
  std::vector<Value> values;
  std::vector<State> states;
  std::vector<MemoryInfo> memories;
  RobotProgram robot;
  Block main;

  const Type& type(ValueId id) const { return values[static_cast<size_t>(id)].type; }

  /// The outermost blocks: those of the robot, then `main`.
  std::vector<Block*> blocks();
  std::vector<const Block*> blocks() const;
};

}  // namespace duet
