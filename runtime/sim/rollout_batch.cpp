#include "runtime/sim/rollout_batch.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/core/error.h"

namespace duet {
namespace {

/// Whether a simulation went wrong, rather than the script that asked for it.
bool is_failed_simulation(const Error& error) {
  return error.code() == "E0601" || error.code() == "E0602" || error.code() == "E0611";
}

void to_floats(std::span<const double> from, std::span<float> to) {
  std::ranges::transform(from, to.begin(), [](double x) { return static_cast<float>(x); });
}

template <class T>
void put(std::span<float> to, std::size_t at, T value) {
  if (!to.empty()) to[at] = static_cast<float>(value);
}

}  // namespace

/// One of the simulators, while it lives.
class RolloutBatch::Loan {
 public:
  explicit Loan(RolloutBatch& batch) : batch_(batch) {
    const std::lock_guard lock(batch.mutex_);
    seat_ = batch.free_.back();
    batch.free_.pop_back();
  }
  ~Loan() {
    const std::lock_guard lock(batch_.mutex_);
    batch_.free_.push_back(seat_);
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  Seat& seat() const { return *seat_; }

 private:
  RolloutBatch& batch_;
  Seat* seat_ = nullptr;
};

RolloutBatch::RolloutBatch(std::shared_ptr<const Model> model, const Program& program)
    : model_(std::move(model)),
      program_(program),
      width_(static_cast<std::size_t>(program.robot.obs)),
      action_width_(static_cast<std::size_t>(program.robot.action)) {}

void RolloutBatch::run(ThreadPool& pool, std::span<const Environment* const> robots, const Rollouts& rollouts) {
  require_sizes(robots.size(), rollouts);
  make_room(static_cast<std::size_t>(pool.threads()), rollouts.rows);
  const std::size_t each = rollouts.rows / robots.size();
  // One at a time: a row takes long, and how long depends on its contacts.
  pool.parallel_for(
      rollouts.rows,
      [&](std::size_t row) {
        const Loan loan(*this);
        roll(loan.seat(), *robots[row / each], rollouts, row);
      },
      1);
  for (std::size_t first = 0; first < rollouts.rows; first += each) punish_lost(first, each, rollouts);
}

void RolloutBatch::require_sizes(std::size_t robots, const Rollouts& rollouts) const {
  const std::size_t cells = rollouts.steps * rollouts.rows;
  const auto fits = [](std::size_t size, std::size_t wanted) { return size == 0 || size == wanted; };
  if (robots == 0 || rollouts.rows % robots != 0)
    throw std::invalid_argument("RolloutBatch: " + std::to_string(rollouts.rows) + " candidates for " +
                                std::to_string(robots) + " robots");
  if (rollouts.controls.size() != cells * action_width_ || !fits(rollouts.rewards.size(), cells) ||
      !fits(rollouts.observations.size(), cells * width_) || !fits(rollouts.alive.size(), cells))
    throw std::invalid_argument("RolloutBatch: controls or results of a wrong size");
}

void RolloutBatch::make_room(std::size_t threads, std::size_t rows) {
  free_.reserve(threads);
  while (seats_.size() < threads) {
    seats_.push_back(std::make_unique<Seat>(Environment(model_, program_, 0, 0), std::vector<double>(action_width_)));
    free_.push_back(seats_.back().get());
  }
  if (lost_.size() < rows) lost_.resize(rows);
}

/// One control step; false if the candidate is lost.
bool RolloutBatch::try_step(Seat& seat, const Rollouts& rollouts, std::size_t at, Environment::Outcome& outcome) const {
  std::ranges::copy(rollouts.controls.subspan(at * action_width_, action_width_), seat.action.begin());
  try {
    outcome = seat.environment.step(seat.action, !rollouts.observations.empty());
    return true;
  } catch (const Error& error) {
    if (!is_failed_simulation(error)) throw;
    return false;
  }
}

void RolloutBatch::roll(Seat& seat, const Environment& robot, const Rollouts& rollouts, std::size_t row) {
  Environment& environment = seat.environment;
  environment.go_on_from(robot);
  const bool observed = !rollouts.observations.empty();
  lost_[row] = 0;
  bool alive = true;
  for (std::size_t step = 0; step < rollouts.steps; ++step) {
    const std::size_t at = step * rollouts.rows + row;
    Environment::Outcome outcome;
    const bool moved = alive && try_step(seat, rollouts, at, outcome);
    if (alive && !moved) lost_[row] = 1;
    alive = moved && !outcome.done;
    put(rollouts.rewards, at, outcome.reward);
    put(rollouts.alive, at, alive);
    if (!observed) continue;
    const std::span<float> seen = rollouts.observations.subspan(at * width_, width_);
    if (moved || step == 0)
      to_floats(moved ? environment.observation() : robot.observation(), seen);
    else
      std::ranges::copy(rollouts.observations.subspan((at - rollouts.rows) * width_, width_), seen.begin());
  }
}

void RolloutBatch::punish_lost(std::size_t first, std::size_t count, const Rollouts& rollouts) const {
  const auto lost = std::span(lost_).subspan(first, count);
  if (rollouts.rewards.empty() || std::ranges::find(lost, 1) == lost.end()) return;
  float worst = 0;
  const auto each = [&](bool of_lost, auto visit) {
    for (std::size_t step = 0; step < rollouts.steps; ++step)
      for (std::size_t i = 0; i < count; ++i)
        if ((lost[i] != 0) == of_lost) visit(rollouts.rewards[step * rollouts.rows + first + i]);
  };
  each(false, [&](float reward) { worst = std::min(worst, reward); });
  each(true, [&](float& reward) { reward = worst; });
}

}  // namespace duet
