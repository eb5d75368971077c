#include "runtime/sim/environment_batch.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/core/random.h"

namespace duet {
namespace {

void append(std::vector<std::byte>& bytes, std::span<const std::byte> part) {
  bytes.insert(bytes.end(), part.begin(), part.end());
}

/// Takes a saved state apart, piece by piece.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : left_(bytes) {}

  std::span<const std::byte> take(std::size_t count) {
    if (count > left_.size()) fail("it ends too early");
    const auto part = left_.first(count);
    left_ = left_.subspan(count);
    return part;
  }
  template <class T>
  void read(std::span<T> out) {
    if (!out.empty()) std::memcpy(out.data(), take(out.size_bytes()).data(), out.size_bytes());
  }
  uint64_t number() {
    uint64_t value = 0;
    read(std::span(&value, 1));
    return value;
  }
  void require_end() const {
    if (!left_.empty()) fail(std::to_string(left_.size()) + " bytes are left over");
  }
  [[noreturn]] static void fail(const std::string& why) {
    throw Error("E0610", "a saved state of several robots cannot be used: " + why,
                "it belongs to another robot, or the model file or the script has changed since it was saved");
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace

EnvironmentBatch::EnvironmentBatch(std::shared_ptr<const Model> model, const Program& program, std::size_t count,
                                   uint64_t seed, uint64_t site, EpisodeEnd at_end, ThreadPool& pool)
    : pool_(pool),
      at_end_(at_end),
      width_(static_cast<std::size_t>(program.robot.obs)),
      action_width_(static_cast<std::size_t>(program.robot.action)) {
  environments_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) environments_.emplace_back(model, program, seed, derived_site(site, i));
  observations_.resize(count * width_);
  final_observations_.resize(count * width_);
  rewards_.resize(count);
  done_.resize(count);
  truncated_.resize(count);
  running_.resize(count);
}

void EnvironmentBatch::reset() {
  pool_.parallel_for(size(), [this](std::size_t i) { begin(i); });
  started_ = true;
}

void EnvironmentBatch::reset(std::span<const uint8_t> which) {
  if (which.size() != size()) throw std::invalid_argument("EnvironmentBatch::reset: an entry for each environment");
  pool_.parallel_for(size(), [&](std::size_t i) {
    if (which[i]) begin(i);
  });
}

void EnvironmentBatch::step(std::span<const double> actions) {
  if (!started_) throw std::logic_error("EnvironmentBatch: step() before the first reset()");
  if (actions.size() != size() * action_width_)
    throw std::invalid_argument("EnvironmentBatch: actions of a wrong size");
  pool_.parallel_for(size(), [&](std::size_t i) { step_one(i, actions.subspan(i * action_width_, action_width_)); });
}

void EnvironmentBatch::begin(std::size_t i) {
  running_[i] = 0;  // stays so if the reset fails
  rewards_[i] = 0;
  done_[i] = truncated_[i] = 0;
  std::ranges::copy(environments_[i].reset(), observations_.begin() + static_cast<std::ptrdiff_t>(i * width_));
  running_[i] = 1;
}

void EnvironmentBatch::step_one(std::size_t i, std::span<const double> action) {
  rewards_[i] = 0;
  if (!running_[i]) return;
  running_[i] = 0;  // stays so if the step fails
  const Environment::Outcome outcome = environments_[i].step(action);
  rewards_[i] = outcome.reward;
  done_[i] = outcome.done;
  truncated_[i] = outcome.truncated;
  const std::span<const double> seen = environments_[i].observation();
  std::ranges::copy(seen, observations_.begin() + static_cast<std::ptrdiff_t>(i * width_));
  running_[i] = 1;
  if (outcome.done || outcome.truncated) end_episode(i);
}

void EnvironmentBatch::end_episode(std::size_t i) {
  running_[i] = 0;
  const auto at = static_cast<std::ptrdiff_t>(i * width_);
  std::ranges::copy(observation(i), final_observations_.begin() + at);
  if (at_end_ == EpisodeEnd::hold) return;
  std::ranges::copy(environments_[i].reset(), observations_.begin() + at);
  running_[i] = 1;
}

std::vector<std::byte> EnvironmentBatch::save() const {
  std::vector<std::byte> bytes;
  const auto append_number = [&](uint64_t number) { append(bytes, std::as_bytes(std::span(&number, 1))); };
  append_number(size());
  append_number(started_);
  for (const Environment& environment : environments_) {
    const std::vector<std::byte> state = environment.save();
    append_number(state.size());
    append(bytes, state);
  }
  for (const auto* values : {&observations_, &final_observations_, &rewards_})
    append(bytes, std::as_bytes(std::span(*values)));
  for (const auto* flags : {&done_, &truncated_, &running_}) append(bytes, std::as_bytes(std::span(*flags)));
  return bytes;
}

void EnvironmentBatch::restore(std::span<const std::byte> bytes) {
  Bytes from(bytes);
  if (const uint64_t count = from.number(); count != size())
    Bytes::fail("it has " + std::to_string(count) + " of them, not " + std::to_string(size()));
  started_ = from.number() != 0;
  for (Environment& environment : environments_) environment.restore(from.take(from.number()));
  for (auto* values : {&observations_, &final_observations_, &rewards_}) from.read(std::span(*values));
  for (auto* flags : {&done_, &truncated_, &running_}) from.read(std::span(*flags));
  from.require_end();
}

}  // namespace duet
