#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/program/program.h"
#include "runtime/sim/environment.h"
#include "runtime/sim/recording.h"

// Whether a robot does what was recorded of it elsewhere: its trajectories, and the numbers of its model.

namespace duet {

/// What an element of an observation may be off by, relative to max(1, |recorded|), if it is made with a function of
/// the maths library: vectorised sines are up to 4 units of the last digit from the truth (4 * 1.1e-16 just below 1).
inline constexpr double kLibraryTolerance = 1e-15;

struct ComparisonOptions {
  /// The largest |ours - recorded| of observations, states and warm starts. 0: they are equal; 0 and -0 count as equal,
  /// and so do two NaN. Without it: 0, but kLibraryTolerance where that holds.
  std::optional<double> tolerance = std::nullopt;
  /// The largest |ours - recorded| / max(1, |recorded|) of rewards: a sum may be taken in another order.
  double reward_tolerance = 1e-12;
  /// Go on from each recorded checkpoint, so that a difference does not grow beyond the next one.
  bool from_checkpoints = false;
};

/// A number that is not what was recorded.
struct Difference {
  std::string array;
  std::size_t trajectory = 0;
  std::size_t step = 0;  ///< From 1; 0 is the reset.
  std::size_t element = 0;
  double ours = 0, recorded = 0;
  double size = 0;  ///< What is held against the tolerance.
};

/// One array of a recording, compared.
struct ArrayReport {
  std::string array;
  std::size_t compared = 0;   ///< How many numbers.
  std::size_t different = 0;  ///< How many of them are beyond the tolerance.
  double largest = 0;  ///< The largest difference, within the tolerance or not; NaN against a number is infinite.
  std::optional<Difference> first;
};

/// A replay that could not go on: the simulation became unstable, or a number of the script was not finite.
struct Breakdown {
  std::size_t trajectory = 0, step = 0;
  std::string message;
};

struct RecordingReport {
  std::string folder, env;
  std::size_t trajectories = 0, steps = 0;
  std::vector<ArrayReport> arrays;       ///< Those that were recorded.
  std::optional<Difference> first;       ///< By trajectory, then step.
  std::optional<Breakdown> breakdown;    ///< The first one; the rest of its trajectory is not compared.
  std::vector<std::string> missing;      ///< Files of the recording that are not there.
  std::size_t library_elements = 0;      ///< How many elements of an observation have kLibraryTolerance.
  std::size_t rewards_not_compared = 0;  ///< Of the steps after checkpoints, where more than qpos and qvel matters.
  bool agrees() const { return !first && !breakdown; }
};

/// What a recording of this robot must have.
RobotSizes sizes_of(const Environment& environment, const RobotProgram& robot);

/// Replays all trajectories on `environment`, which is that of `program`, and compares. Actions are given on as they
/// were recorded. An array of type f4 is compared with our numbers rounded to it. Error E0722 lists what of the
/// recording does not fit the robot's sizes; E0721 if checkpoints are asked for that it does not have.
RecordingReport verify_recording(Environment& environment, const Program& program, const Recording& recording,
                                 const ComparisonOptions& options = {});

/// The numbers of a model, compared.
struct ModelReport {
  std::string file;
  std::string env;                       ///< As the file names it; may be empty.
  std::size_t compared = 0;              ///< How many arrays, sizes and options.
  std::vector<std::string> differences;  ///< One line for each that differs: its name, place and both values.
  bool agrees() const { return differences.empty(); }
};

/// Compares the model that the simulator steps, bit for bit, with a file of its numbers as JSON: `mjmodel` (every array
/// of MuJoCo's mjModel {shape, data}, and its sizes), `option`, `statistic`. What only the eye sees (counts of
/// materials, textures, lights, cameras, names) is left out. Error E0721 if the file cannot be used.
ModelReport verify_model(const Simulator& simulator, const std::string& facts_file);

}  // namespace duet
