// Replays the reference trajectories. The models are equal bit for bit (model_facts_test.cpp) and the library is the
// same, so that the tolerance for the physics is zero. Rewards are summed in another order than the reference's: 1e-12.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sim/simulator.h"
#include "tests/runtime/sim/golden.h"
#include "tests/support/npy.h"

namespace duet {
namespace {

using test::Npy;
using test::read_npy;
using Row = std::pair<int, int>;  ///< Trajectory, step from 1.

struct Trajectories {
  explicit Trajectories(const std::string& folder)
      : actions(read_npy<double>(folder + "/actions.npy")),
        offset(read_npy<int64_t>(folder + "/offset.npy")),
        qpos_set(read_npy<double>(folder + "/qpos_set.npy")),
        qpos0(read_npy<double>(folder + "/qpos0.npy")),
        qvel0(read_npy<double>(folder + "/qvel0.npy")),
        warm0(read_npy<double>(folder + "/warm0.npy")),
        obs0(read_npy<double>(folder + "/obs0.npy")),
        reward(read_npy<double>(folder + "/reward.npy")),
        terminated(read_npy<uint8_t>(folder + "/terminated.npy")),
        obs(read_npy<double>(folder + "/obs.npy")),
        check_qpos(read_npy<double>(folder + "/check_qpos.npy")),
        check_qvel(read_npy<double>(folder + "/check_qvel.npy")),
        check_warm(read_npy<double>(folder + "/check_warm.npy")),
        obs_at(index(read_npy<int32_t>(folder + "/obs_row.npy"))),
        check_at(index(read_npy<int32_t>(folder + "/check_row.npy"))) {}

  static std::map<Row, std::size_t> index(const Npy<int32_t>& rows) {
    std::map<Row, std::size_t> at;
    for (std::size_t i = 0; i < rows.shape[0]; ++i) at[{rows.row(i)[0], rows.row(i)[1]}] = i;
    return at;
  }
  int count() const { return static_cast<int>(qpos_set.shape[0]); }
  int length(int trajectory) const { return static_cast<int>(offset.data[trajectory + 1] - offset.data[trajectory]); }
  std::vector<double> action(int trajectory, int step) const {
    const std::size_t steps = actions.shape[1], nu = actions.shape[2];
    const double* first = actions.data.data() + (trajectory * steps + step - 1) * nu;
    return {first, first + nu};
  }

  Npy<double> actions;
  Npy<int64_t> offset;
  Npy<double> qpos_set, qpos0, qvel0, warm0, obs0, reward;
  Npy<uint8_t> terminated;
  Npy<double> obs, check_qpos, check_qvel, check_warm;
  std::map<Row, std::size_t> obs_at, check_at;
};

std::vector<double> clipped(std::span<const double> values) {
  std::vector<double> out(values.begin(), values.end());
  for (double& value : out) value = std::clamp(value, -10.0, 10.0);
  return out;
}

double square_sum(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value * value;
  return sum;
}

/// What the reference environment makes of the simulator: the oracle for the robots' scripts.
struct Task {
  int frames;
  std::size_t rounded_begin, rounded_end;  ///< Elements of the observation that went through a sine or cosine.
  std::vector<double> (*observe)(const Simulator&);
  double (*reward)(const Simulator& after, double x_before, const std::vector<double>& action);
  bool (*done)(const Simulator&);
};

std::vector<double> append(std::vector<double> head, std::span<const double> tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}
std::vector<double> copy(std::span<const double> values) {
  return {values.begin(), values.end()};
}

const Task kPendulum = {2,
                        0,
                        0,
                        [](const Simulator& s) { return append(copy(s.qpos()), s.qvel()); },
                        [](const Simulator&, double, const std::vector<double>&) { return 1.0; },
                        [](const Simulator& s) { return !(std::abs(s.qpos()[1]) <= 0.2); }};

const Task kDoublePendulum = {
    5,
    1,
    5,
    [](const Simulator& s) {
      const auto q = s.qpos();
      const std::vector<double> head = {q[0], std::sin(q[1]), std::sin(q[2]), std::cos(q[1]), std::cos(q[2])};
      return append(append(head, clipped(s.qvel())), clipped(s.qfrc_constraint()));
    },
    [](const Simulator& s, double, const std::vector<double>&) {
      const double x = s.site_xpos()[0], y = s.site_xpos()[2], v1 = s.qvel()[1], v2 = s.qvel()[2];
      return 10.0 - (0.01 * x * x + (y - 2.0) * (y - 2.0)) - (0.001 * v1 * v1 + 0.005 * v2 * v2);
    },
    [](const Simulator& s) { return s.site_xpos()[2] <= 1.0; }};

const Task kHopper = {4,
                      0,
                      0,
                      [](const Simulator& s) { return append(copy(s.qpos().subspan(1)), clipped(s.qvel())); },
                      [](const Simulator& s, double x_before, const std::vector<double>& action) {
                        return (s.qpos()[0] - x_before) / 0.008 + 1.0 - 1e-3 * square_sum(action);
                      },
                      [](const Simulator& s) {
                        const auto q = s.qpos();
                        bool healthy = q[1] > 0.7 && std::abs(q[2]) < 0.2;
                        for (const double value : append(copy(q.subspan(2)), s.qvel()))
                          healthy = healthy && std::abs(value) < 100.0;
                        return !healthy;
                      }};

const Task kHalfCheetah = {5,
                           0,
                           0,
                           [](const Simulator& s) { return append(copy(s.qpos().subspan(1)), s.qvel()); },
                           [](const Simulator& s, double x_before, const std::vector<double>& action) {
                             return (s.qpos()[0] - x_before) / 0.05 - 0.1 * square_sum(action);
                           },
                           [](const Simulator&) { return false; }};

const Task& task_of(const std::string& robot) {
  if (robot == "inverted_pendulum") return kPendulum;
  if (robot == "inverted_double_pendulum") return kDoublePendulum;
  return robot == "hopper" ? kHopper : kHalfCheetah;
}

::testing::AssertionResult same_bits(std::span<const double> ours, const double* theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] == theirs[i]) continue;
    return ::testing::AssertionFailure() << "element " << i << " is off by " << ours[i] - theirs[i];
  }
  return ::testing::AssertionSuccess();
}

// The reference's vectorised sine and cosine may be up to 4 units of the last digit (1.1e-16 below 1) from the truth.
constexpr double kSineTolerance = 5e-16;

::testing::AssertionResult same_observation(const Task& task, const std::vector<double>& ours, const double* theirs) {
  std::vector<double> adjusted = ours;
  for (std::size_t i = task.rounded_begin; i < task.rounded_end; ++i) {
    if (std::abs(ours[i] - theirs[i]) <= kSineTolerance) adjusted[i] = theirs[i];
  }
  return same_bits(adjusted, theirs);
}

class Replay : public testing::TestWithParam<test::Twin> {
 protected:
  void SetUp() override { DUET_NEEDS_GOLDEN(); }

  void replay(const std::string& set) {
    const std::string folder = test::golden(std::string(GetParam().reference) + "/" + set);
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the reference has no set " << set << " of this robot";
    const Trajectories golden(folder);
    Simulator sim(Model::load(test::robot_file(GetParam().robot)));
    checks_ = 0;
    for (int trajectory = 0; trajectory < golden.count(); ++trajectory) {
      SCOPED_TRACE("trajectory " + std::to_string(trajectory));
      start(golden, sim, trajectory);
      for (int step = 1; step <= golden.length(trajectory) && !HasFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        advance(golden, sim, trajectory, step);
      }
    }
    EXPECT_EQ(checks_, golden.check_at.size()) << "every checkpoint has been compared";
    EXPECT_EQ(sim.warnings(), "");
  }

 private:
  const Task& task() const { return task_of(GetParam().robot); }

  void start(const Trajectories& golden, Simulator& sim, int trajectory) {
    sim.reset({golden.qpos_set.row(trajectory), golden.qpos_set.stride()},
              {golden.qvel0.row(trajectory), golden.qvel0.stride()});
    EXPECT_TRUE(same_bits(sim.qpos(), golden.qpos0.row(trajectory)));
    EXPECT_TRUE(same_bits(sim.qacc_warmstart(), golden.warm0.row(trajectory)));
    EXPECT_TRUE(same_observation(task(), task().observe(sim), golden.obs0.row(trajectory)));
  }

  void advance(const Trajectories& golden, Simulator& sim, int trajectory, int step) {
    const std::vector<double> action = golden.action(trajectory, step);
    const double x_before = sim.qpos()[0];
    sim.step(action, task().frames);
    if (const auto at = golden.check_at.find({trajectory, step}); at != golden.check_at.end()) {
      ++checks_;
      EXPECT_TRUE(same_bits(sim.qpos(), golden.check_qpos.row(at->second)));
      EXPECT_TRUE(same_bits(sim.qvel(), golden.check_qvel.row(at->second)));
      EXPECT_TRUE(same_bits(sim.qacc_warmstart(), golden.check_warm.row(at->second)));
    }
    const auto seen = golden.obs_at.find({trajectory, step});
    ASSERT_NE(seen, golden.obs_at.end());
    EXPECT_TRUE(same_observation(task(), task().observe(sim), golden.obs.row(seen->second)));
    const std::size_t row = golden.offset.data[trajectory] + step - 1;
    const double want = golden.reward.data[row];
    EXPECT_NEAR(task().reward(sim, x_before, action), want, 1e-12 * std::max(1.0, std::abs(want)));
    EXPECT_EQ(task().done(sim), golden.terminated.data[row] != 0);
  }

  std::size_t checks_ = 0;
};

TEST_P(Replay, MainSet) {
  replay("v4");
}
TEST_P(Replay, ActionsOutsideTheirRange) {
  replay("v4_clip");
}
TEST_P(Replay, BeyondTermination) {
  replay("v4_through");
}

INSTANTIATE_TEST_SUITE_P(Robots, Replay, testing::ValuesIn(test::kTwins),
                         [](const auto& info) { return test::twin_name(info.param); });

}  // namespace
}  // namespace duet
