#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/npy.h"

// Trajectories of an environment that was run elsewhere, as a folder of .npy arrays. With n trajectories, T executed
// steps in all, and observations of D numbers:
//
//   meta.json       nq nv nu obs_dim, and if known env frame_skip dt ntraj lengths; other keys are not looked at
//   actions.npy     [n, steps, nu]; row i belongs to trajectory i
//   offset.npy      [n+1]; trajectory i owns rows offset[i] .. offset[i+1]-1 of reward and terminated
//   qpos_set.npy    [n, nq] and qvel0.npy [n, nv]: the state that each trajectory starts from
//
// and what is to be compared, each where it was recorded:
//
//   qpos0.npy [n, nq], warm0.npy [n, nv], obs0.npy [n, D]    after the reset (qpos0: quaternions are normalised)
//   reward.npy [T], terminated.npy [T]
//   obs.npy [R, D]         after the steps of obs_row.npy [R, 2] (trajectory, step from 1); without that file all T
//   check_qpos.npy [C, nq], check_qvel.npy [C, nv], check_warm.npy [C, nv]    after the steps of check_row.npy [C, 2]
//
// `warm` is MuJoCo's qacc_warmstart.

namespace duet {

/// What meta.json says.
struct RecordingMeta {
  std::string env;  ///< The environment's name and version, "Hopper-v4"; empty if not given.
  int64_t nq = 0, nv = 0, nu = 0, obs = 0;
  std::optional<int64_t> frames;  ///< Physics steps per control step.
  std::optional<double> dt;       ///< Seconds of a control step.
  std::optional<int64_t> trajectories;
  std::optional<std::vector<int64_t>> lengths;  ///< Steps of each trajectory.
};

/// A step of a trajectory, and the row of an array that belongs to it.
struct RecordedRow {
  std::size_t trajectory = 0;
  std::size_t step = 0;  ///< From 1: the row is what was there after that step.
  std::size_t row = 0;
};

/// A whole recording whose parts fit each other.
struct Recording {
  std::string folder;
  RecordingMeta meta;
  NpyArray<double> actions, qpos_set, qvel0;
  std::vector<std::size_t> offset;
  std::optional<NpyArray<double>> qpos0, warm0, obs0, reward, terminated, obs, check_qpos, check_qvel, check_warm;
  std::vector<RecordedRow> obs_rows, check_rows;  ///< By trajectory and step.
  std::vector<std::string> missing;               ///< Files that could be compared but are not there.

  std::size_t trajectories() const { return qpos_set.rows(); }
  std::size_t length(std::size_t trajectory) const { return offset[trajectory + 1] - offset[trajectory]; }
  std::size_t steps() const { return offset.back(); }
  /// The action of a step, counted from 1.
  std::span<const double> action(std::size_t trajectory, std::size_t step) const {
    return actions.row(trajectory).subspan((step - 1) * actions.shape[2], actions.shape[2]);
  }
};

/// What a robot must have in common with a recording of it.
struct RobotSizes {
  int64_t nq = 0, nv = 0, action = 0, obs = 0, frames = 0;
  double dt = 0;  ///< Seconds of a control step.
};

/// Reads meta.json of a folder. Error E0721 if it is missing, not JSON, or without one of nq, nv, nu, obs_dim.
RecordingMeta read_recording_meta(const std::string& folder);

/// What differs between the two, each in words ("nq is 6, the robot's is 9"); empty if they fit.
std::vector<std::string> mismatches(const RecordingMeta& meta, const RobotSizes& robot);

/// Reads a recording. Error E0720 for an array that cannot be read, E0721 if a needed file is missing, shapes or
/// contents contradict each other, or there is nothing to compare.
Recording read_recording(const std::string& folder);

/// The folders that hold a recording, told by its meta.json or actions.npy: `folder` itself, or else all below it, in
/// the order of their names. Error E0721 if there is no such folder or no recording in it.
std::vector<std::string> find_recordings(const std::string& folder);

}  // namespace duet
