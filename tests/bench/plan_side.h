#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/plan/plan.h"
#include "runtime/plan/prepared_block.h"
#include "tests/bench/compiled_script.h"

namespace duet::bench {

/// A bundled script on half_cheetah for the compiled engine, with transitions of random actions in its first memory.
struct PlanSide {
  /// `file` is a script of algorithms/, with as many steps of warming up. std::runtime_error if it does not compile.
  PlanSide(const std::string& file, int threads, int64_t transitions = 1000,
           const std::map<std::string, std::string>& settings = {});

  /// A block, ready to be run again and again; its parameters are filled with small numbers, and it has run once.
  std::unique_ptr<PreparedBlock> prepare(const Block& block);

  CompiledScript script;
  std::unique_ptr<Plan> plan;
};

}  // namespace duet::bench
