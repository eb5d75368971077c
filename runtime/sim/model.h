#pragma once

#include <memory>
#include <string>

#include "runtime/sim/facts.h"

namespace duet {

/// A compiled MJCF model. It never changes, so that any number of simulators and threads share one.
class Model {
 public:
  /// The ending of files that hold compiled models.
  static constexpr const char* kCompiled = ".mjb";

  /// Reads and compiles an MJCF file, or reads a compiled model. Throws Error E0501 (no such file), E0502 (MuJoCo
  /// refuses it; its own message is carried) or E0503 (anything else). Load models before other threads simulate:
  /// MuJoCo's compiler borrows the process-wide error handlers while it runs.
  static std::shared_ptr<const Model> load(const std::string& path);

  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /// Sizes, names and shapes.
  const ModelFacts& facts() const;

  /// The compiled model as the bytes of a file; what it includes is in it. Only the same version of MuJoCo reads it.
  std::string compiled() const;

  /// The path given to load().
  const std::string& path() const;

  /// What MuJoCo's compiler warned of; empty if nothing.
  const std::string& warnings() const;

  /// MuJoCo's own object, complete only where runtime/sim/mujoco_door.h is included.
  struct Native;
  const Native& native() const { return *native_; }

 private:
  explicit Model(std::unique_ptr<const Native> native);

  std::unique_ptr<const Native> native_;
};

}  // namespace duet
