#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/program/program.h"
#include "runtime/sim/environment.h"
#include "tests/support/write_npy.h"

// Recordings that a test makes of a robot itself, to spoil them afterwards.

namespace duet::test {

/// A recording before it is written: its arrays by name without ".npy", and meta.json.
struct RecordingFiles {
  std::map<std::string, NpyFile> arrays;
  nlohmann::json meta;

  NpyFile& operator[](const std::string& name) { return arrays.at(name); }
  /// The row of obs or check_* that belongs to (trajectory, step); a failure of the test if there is none.
  std::size_t row(const std::string& rows, std::size_t trajectory, std::size_t step) const;
  /// Writes all of it into a folder, which is made.
  void write(const std::string& folder) const;
};

struct RecordingPlan {
  std::string env = {};
  std::size_t trajectories = 3;
  std::size_t steps = 25;  ///< Of the first trajectory; each further one has 3 fewer.
  double action_scale = 1.0;
  std::size_t obs_every = 1;  ///< Which observations are kept; the last one of a trajectory always is.
  std::size_t check_every = 10;
  uint64_t seed = 1;
};

/// Plays trajectories under random actions, which do not stop at a termination, and records them.
RecordingFiles record(Environment& environment, const RobotProgram& robot, const RecordingPlan& plan = {});

}  // namespace duet::test
