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
/// Every block's parameters are named by `inputs` of that block: a quantity of the simulator after the step ("qpos'"),
/// before it ("qpos"), "action", "obs", "obs'", "time", or "qpos0".
struct RobotBlock {
  Block block;
  std::vector<std::string> inputs;  // one per block parameter
};
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
  RobotBlock reset;               // -> qpos, qvel; may draw
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
