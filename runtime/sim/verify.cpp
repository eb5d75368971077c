#include "runtime/sim/verify.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/core/error.h"
#include "runtime/sim/library_functions.h"

namespace duet {

namespace {

struct Moment {
  std::size_t trajectory = 0, step = 0;
};

/// |a - b| that is 0 for equal infinities and two NaN, and infinite where only one is NaN.
double distance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double size = std::abs(a - b);
  return std::isnan(size) ? std::numeric_limits<double>::infinity() : size;
}

/// What one element may be off by.
struct Tolerance {
  double size = 0;
  bool relative = false;  ///< To max(1, |recorded|).
};

/// One array of the recording, and what has been found of it so far.
class Comparison {
 public:
  /// `tolerances`: one for all elements of a row, or one for each.
  Comparison(const char* name, const std::optional<NpyArray<double>>& recorded, std::vector<Tolerance> tolerances)
      : recorded_(recorded ? &*recorded : nullptr), tolerances_(std::move(tolerances)) {
    report_.array = name;
  }

  /// Compares a row of the array; nothing if it was not recorded. The first difference of it, if there is one.
  std::optional<Difference> compare(Moment moment, std::size_t row, std::span<const double> ours) {
    std::optional<Difference> first;
    if (!recorded_) return first;
    const std::span<const double> theirs = recorded_->row(row);
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const double mine = recorded_->type == "f4" ? static_cast<float>(ours[i]) : ours[i];
      const Tolerance& tolerance = tolerances_[tolerances_.size() == 1 ? 0 : i];
      const double size = measure(mine, theirs[i], tolerance);
      ++report_.compared;
      report_.largest = std::max(report_.largest, size);
      if (size <= tolerance.size) continue;
      ++report_.different;
      if (!first) first = {report_.array, moment.trajectory, moment.step, i, mine, theirs[i], size};
    }
    if (!report_.first) report_.first = first;
    return first;
  }

  bool recorded() const { return recorded_ != nullptr; }
  const ArrayReport& report() const { return report_; }

 private:
  static double measure(double ours, double theirs, const Tolerance& tolerance) {
    const double size = distance(ours, theirs);
    return tolerance.relative && std::isfinite(theirs) ? size / std::max(1.0, std::abs(theirs)) : size;
  }

  const NpyArray<double>* recorded_;
  std::vector<Tolerance> tolerances_;
  ArrayReport report_;
};

/// What each element of an observation may be off by.
std::vector<Tolerance> observation_tolerances(const Program& program, const ComparisonOptions& options) {
  if (options.tolerance) return {{*options.tolerance}};
  std::vector<Tolerance> tolerances;
  for (const bool library : made_by_library_functions(program, program.robot.observe.block))
    tolerances.push_back(library ? Tolerance{kLibraryTolerance, true} : Tolerance{});
  return tolerances;
}

/// Whether the value of a clause at a step can be known from qpos and qvel before it and everything after it.
bool follows_from_state(const RobotProgram& robot, const RobotBlock& block, const Simulator& simulator) {
  const auto is_drawn = [&](const std::string& name) {
    return std::any_of(robot.drawn.begin(), robot.drawn.end(), [&](const RobotValue& v) { return v.name == name; });
  };
  return std::all_of(block.inputs.begin(), block.inputs.end(), [&](const std::string& name) {
    return name.ends_with('\'') || name == "qpos" || name == "qvel" || name == "action" || is_drawn(name) ||
           simulator.is_constant(name);
  });
}

/// The rows of one trajectory, taken step by step.
class Rows {
 public:
  Rows(const std::vector<RecordedRow>& all, std::size_t trajectory)
      : next_(std::find_if(all.begin(), all.end(), [&](const RecordedRow& r) { return r.trajectory >= trajectory; })),
        end_(std::find_if(next_, all.end(), [&](const RecordedRow& r) { return r.trajectory > trajectory; })) {}

  /// Calls f(row) for each row of `step`; steps must not decrease from call to call.
  template <class F>
  void at(std::size_t step, F f) {
    for (; next_ != end_ && next_->step <= step; ++next_)
      if (next_->step == step) f(next_->row);
  }

 private:
  std::vector<RecordedRow>::const_iterator next_, end_;
};

class Replay {
 public:
  Replay(Environment& environment, const Program& program, const Recording& recording, const ComparisonOptions& options)
      : Replay(environment, program.robot, recording, options, observation_tolerances(program, options)) {}

  RecordingReport run() {
    report_.folder = r_.folder;
    report_.env = r_.meta.env;
    report_.trajectories = r_.trajectories();
    report_.missing = r_.missing;
    for (std::size_t i = 0; i < r_.trajectories(); ++i) replay(i);
    for (const Comparison* each :
         {&qpos0_, &warm0_, &obs0_, &check_qpos_, &check_qvel_, &check_warm_, &obs_, &reward_, &terminated_})
      if (each->recorded()) report_.arrays.push_back(each->report());
    return report_;
  }

 private:
  Replay(Environment& environment, const RobotProgram& robot, const Recording& recording,
         const ComparisonOptions& options, const std::vector<Tolerance>& observation)
      : environment_(environment),
        r_(recording),
        from_checkpoints_(options.from_checkpoints),
        reward_resumes_(follows_from_state(robot, robot.reward, environment.simulator())),
        done_resumes_(follows_from_state(robot, robot.done, environment.simulator())),
        qpos0_("qpos0", r_.qpos0, {{options.tolerance.value_or(0)}}),
        warm0_("warm0", r_.warm0, {{options.tolerance.value_or(0)}}),
        obs0_("obs0", r_.obs0, observation),
        check_qpos_("check_qpos", r_.check_qpos, {{options.tolerance.value_or(0)}}),
        check_qvel_("check_qvel", r_.check_qvel, {{options.tolerance.value_or(0)}}),
        check_warm_("check_warm", r_.check_warm, {{options.tolerance.value_or(0)}}),
        obs_("obs", r_.obs, observation),
        reward_("reward", r_.reward, {{options.reward_tolerance, true}}),
        terminated_("terminated", r_.terminated, {{0}}) {
    for (const Tolerance& tolerance : observation) report_.library_elements += tolerance.relative ? 1 : 0;
  }

  void replay(std::size_t trajectory) {
    Rows observations(r_.obs_rows, trajectory), checkpoints(r_.check_rows, trajectory);
    Moment now{trajectory, 0};
    try {
      start(now);
      bool resumed = false;
      for (now.step = 1; now.step <= r_.length(trajectory); ++now.step) {
        const Environment::Outcome outcome = environment_.step(r_.action(trajectory, now.step));
        ++report_.steps;
        compare_outcome(now, outcome, resumed);
        observations.at(now.step, [&](std::size_t row) { note(obs_, now, row, environment_.observation()); });
        resumed = false;
        checkpoints.at(now.step, [&](std::size_t row) {
          compare_checkpoint(now, row);
          if (from_checkpoints_) {
            environment_.resume(r_.check_qpos->row(row), r_.check_qvel->row(row), r_.check_warm->row(row));
            resumed = true;
          }
        });
      }
    } catch (const Error& error) {
      if (!report_.breakdown) report_.breakdown = {now.trajectory, now.step, error.what()};
    }
  }

  void start(Moment now) {
    const std::size_t row = now.trajectory;
    const std::span<const double> observation = environment_.reset_to(r_.qpos_set.row(row), r_.qvel0.row(row));
    note(qpos0_, now, row, environment_.simulator().qpos());
    note(warm0_, now, row, environment_.simulator().qacc_warmstart());
    note(obs0_, now, row, observation);
  }

  void compare_checkpoint(Moment now, std::size_t row) {
    const Simulator& simulator = environment_.simulator();
    note(check_qpos_, now, row, simulator.qpos());
    note(check_qvel_, now, row, simulator.qvel());
    note(check_warm_, now, row, simulator.qacc_warmstart());
  }

  void compare_outcome(Moment now, const Environment::Outcome& outcome, bool resumed) {
    const std::size_t row = r_.offset[now.trajectory] + now.step - 1;
    const double reward = outcome.reward, done = outcome.done ? 1 : 0;
    if (!resumed || reward_resumes_)
      note(reward_, now, row, {&reward, 1});
    else if (reward_.recorded())
      ++report_.rewards_not_compared;
    if (!resumed || done_resumes_) note(terminated_, now, row, {&done, 1});
  }

  void note(Comparison& comparison, Moment now, std::size_t row, std::span<const double> ours) {
    const std::optional<Difference> first = comparison.compare(now, row, ours);
    if (first && !report_.first) report_.first = first;
  }

  Environment& environment_;
  const Recording& r_;
  bool from_checkpoints_;
  bool reward_resumes_, done_resumes_;
  Comparison qpos0_, warm0_, obs0_, check_qpos_, check_qvel_, check_warm_, obs_, reward_, terminated_;
  RecordingReport report_;
};

void require_fit(const Recording& recording, const RobotSizes& sizes) {
  std::string text;
  for (const std::string& mismatch : mismatches(recording.meta, sizes)) text += (text.empty() ? "" : "; ") + mismatch;
  if (!text.empty())
    throw Error("E0722", recording.folder + " is not of this robot: " + text,
                recording.meta.env.empty() ? "" : "it was recorded of " + recording.meta.env);
}

void require_checkpoints(const Recording& recording) {
  if (recording.check_qpos && recording.check_qvel && recording.check_warm) return;
  throw Error("E0721", recording.folder + ": it has no checkpoints to go on from",
              "they are check_row.npy, check_qpos.npy, check_qvel.npy and check_warm.npy");
}

}  // namespace

RobotSizes sizes_of(const Environment& environment, const RobotProgram& robot) {
  const ModelFacts& facts = environment.simulator().model().facts();
  return {facts.nq,  facts.nv,     robot.action,
          robot.obs, robot.frames, static_cast<double>(robot.frames) * facts.timestep};
}

RecordingReport verify_recording(Environment& environment, const Program& program, const Recording& recording,
                                 const ComparisonOptions& options) {
  require_fit(recording, sizes_of(environment, program.robot));
  if (options.from_checkpoints) require_checkpoints(recording);
  return Replay(environment, program, recording, options).run();
}

}  // namespace duet
