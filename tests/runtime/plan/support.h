#pragma once

#include <memory>

#include "runtime/plan/plan.h"
#include "tests/runtime/interp/support.h"

namespace duet::testing {

/// Results of both engines, which do the same things side by side.
class BothEngines {
 public:
  explicit BothEngines(const ProgramBuilder& builder, EngineOptions options = {})
      : interpreter(builder.program, options), plan(builder.program, options) {}

  /// Evaluates the block on both and expects equal results, up to float32 roundings; gives those of the plan.
  std::vector<TensorData> evaluate(const Block& block, const std::vector<TensorData>& inputs = {},
                                   double tolerance = 1e-6) {
    const auto wanted = interpreter.evaluate(block, inputs);
    const auto got = plan.evaluate(block, inputs);
    EXPECT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
      EXPECT_EQ(to_string(got[i].type), to_string(wanted[i].type));
      EXPECT_EQ(got[i].data.size(), wanted[i].data.size());
      for (size_t k = 0; k < std::min(got[i].data.size(), wanted[i].data.size()); ++k)
        EXPECT_NEAR(got[i].data[k], wanted[i].data[k], tolerance * (1 + std::abs(wanted[i].data[k])));
    }
    return got;
  }

  /// The code of the error that both end with.
  std::string failure(const Block& block, const std::vector<TensorData>& inputs = {}) {
    const auto code = [&](Executor& engine) -> std::string {
      try {
        engine.evaluate(block, inputs);
      } catch (const Error& error) {
        return error.code();
      }
      return "none";
    };
    const std::string wanted = code(interpreter), got = code(plan);
    EXPECT_EQ(got, wanted);
    return got;
  }

  Interpreter interpreter;
  Plan plan;
};

}  // namespace duet::testing
