#pragma once

// What the benchmarks of robots share.

#include <time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/script.h"
#include "runtime/sim/model.h"

namespace duet::test {

/// A robot of the bundle: its program, as `duet run` compiles it.
class Robot {
 public:
  /// By name, or the file of a script. Throws std::runtime_error with the messages if it has errors.
  explicit Robot(const std::string& name);

  const Program& program() { return compiled_->program(); }
  const std::shared_ptr<const Model>& model() const { return model_; }

  static std::string root(const std::string& folder) { return std::string(DUET_ROOT) + "/" + folder; }

 private:
  Context context_;
  std::optional<Script> script_;
  std::optional<Compiled> compiled_;
  std::shared_ptr<const Model> model_;
};

/// `rows` actions, uniform within the robot's limits (-1..1 where it has none).
std::vector<double> random_actions(const RobotProgram& robot, std::size_t rows, uint64_t tick);

double seconds_of(clockid_t clock);
double median(std::vector<double> x);

}  // namespace duet::test
