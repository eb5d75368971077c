#pragma once

#include "compiler/driver/command_line.h"

namespace duet {

/// Engine commands that replace this process by the program of the engine they are for (duet-plan or duet-engine) or,
/// where no learned thing is needed, by the lighter duet-sim. All are found beside the executable and get the same
/// arguments.
/// LibTorch's and BLAS's helper threads are told to stay off unless the user has set them. Error E0010 if it cannot be
/// started.
EngineCommands hand_over(char** argv);

/// Replaces this process by duet-sim, which draws the robot at its start into the picture that the options name. Error
/// E0010 if it cannot be started.
ExitCode draw_robot(const RobotOptions& options, const Context& context);

}  // namespace duet
