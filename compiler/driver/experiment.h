#pragma once

#include <optional>
#include <vector>

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

namespace duet {

/// The runs that `options.experiment` of the script asks for, one for each algorithm, robot and seed, in
/// OUT/ALGORITHM-ROBOT-seedK (OUT is runs/EXPERIMENT unless given). Nullopt after errors.
std::optional<std::vector<RunOptions>> runs_of_experiment(const RunOptions& options, Context& context);

}  // namespace duet
