#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/sema/library.h"
#include "runtime/interp/interpreter.h"
#include "runtime/interp/torch.h"
#include "runtime/program/program.h"

namespace duet::bench {

/// A bundled script on half_cheetah, compiled by the whole pipeline, with 1000 random transitions in its first memory.
class Workload {
 public:
  /// `script` is a file of algorithms/. std::runtime_error if it does not compile.
  explicit Workload(const std::string& script);

  /// The block that a step of the main loop plans with: of the loop's first `interact`.
  const Block& plan() const;
  /// The block of the innermost `repeat` of the main loop: one update of the learner.
  const Block& update() const;

  /// Runs `block` `count` times in a row, each time at a moment of its own, without preparing it each time; `inputs` for
  /// its parameters. Seconds, without the preparation.
  double seconds(const Block& block, int count, const std::vector<TensorData>& inputs);

  /// The state called `name` as it is now.
  at::Tensor state(const std::string& name);
  /// The fields of all transitions: obs, action, reward, next obs, alive.
  std::vector<at::Tensor> transitions();

 private:
  ValueId value(Type type);
  const Node* find(Op op, const Block& in) const;
  const Block& loop() const;

  SourceMap sources_;
  Library library_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Interpreter> engine_;
};

/// Seconds of processor time that `work` takes: on a shared machine it says more than the clock on the wall, and both
/// sides use one thread.
double seconds_of(const std::function<void()>& work);

}  // namespace duet::bench
