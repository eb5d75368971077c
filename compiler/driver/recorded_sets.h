#pragma once

#include <string>
#include <vector>

#include "runtime/sim/recording.h"

namespace duet {

struct SkippedRecording {
  std::string folder, reason;
};

/// The recordings that a robot is held against.
struct RecordedSets {
  std::vector<std::string> chosen;
  std::vector<SkippedRecording> skipped;
};

/// The robot that has the meaning of an environment: InvertedDoublePendulum-v4 is inverted_double_pendulum, version 5
/// of it inverted_double_pendulum_v5; a name without version stands for itself.
std::string robot_name_of(const std::string& env);

/// The recordings in or below `folder`. If it is one itself, that is taken. Of several those are taken whose
/// environment has the robot's name, or if there is none, those that have the robot's sizes. Error E0721 if there is
/// no recording, E0722 if none of them is of this robot.
RecordedSets choose_recordings(const std::string& folder, const std::string& robot, const RobotSizes& sizes);

}  // namespace duet
