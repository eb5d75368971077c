#pragma once

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

/// The commands that simulate a robot by itself: duet-sim runs them.
namespace duet {

/// duet render ROBOT: one episode of a robot that acts at random or not at all.
ExitCode render_robot(const PictureOptions& options, Context& context);

/// duet verify: replays recorded trajectories on a robot and compares its model. kFailed if anything differs.
ExitCode verify_robot(const VerifyCommandOptions& options, Context& context);

}  // namespace duet
