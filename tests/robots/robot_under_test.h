#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/sema/library.h"
#include "runtime/program/program.h"
#include "runtime/sim/environment.h"

namespace duet::test {

/// A robot's script, compiled by the compiler and put into its simulator, without a learner or an engine.
class RobotUnderTest {
 public:
  /// `name` of a bundled robot, or of one defined in `text`, which may extend bundled ones. `settings` are pairs such
  /// as
  /// {"robot.speed", "0.3"}. A script with errors fails the test and throws std::runtime_error with the messages.
  explicit RobotUnderTest(const std::string& name, const std::string& text = {},
                          const std::vector<std::pair<std::string, std::string>>& settings = {});

  const Program& program() const { return program_; }
  const std::shared_ptr<const Model>& model() const { return model_; }
  Environment environment(uint64_t seed = 1) const { return Environment(model_, program_, seed, 7); }

 private:
  SourceMap sources_;
  Diagnostics diagnostics_;
  std::unique_ptr<Library> library_;
  Program program_;
  std::shared_ptr<const Model> model_;
};

}  // namespace duet::test
