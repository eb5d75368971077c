#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/interp/interpreter.h"
#include "runtime/interp/torch.h"
#include "tests/bench/compiled_script.h"

namespace duet::bench {

/// A bundled script on half_cheetah for the interpreter, with transitions of random actions in its first memory.
class Workload {
 public:
  using Settings = std::map<std::string, std::string>;

  /// `script` is a file of algorithms/, with as many steps of warming up. std::runtime_error if it does not compile.
  explicit Workload(const std::string& script, int64_t transitions = 1000, const Settings& settings = {});

  CompiledScript& script() { return script_; }

  /// Runs `block` `count` times in a row, each time at a moment of its own, without preparing it each time; `inputs` for
  /// its parameters. Seconds, without the preparation.
  double seconds(const Block& block, int count, const std::vector<TensorData>& inputs);

  /// The state called `name` as it is now.
  at::Tensor state(const std::string& name);
  /// The fields of all transitions: obs, action, reward, next obs, alive.
  std::vector<at::Tensor> transitions();

 private:
  CompiledScript script_;
  std::unique_ptr<Interpreter> engine_;
};

}  // namespace duet::bench
