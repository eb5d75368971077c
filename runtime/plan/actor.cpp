#include "runtime/plan/actor.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/core/hash.h"
#include "runtime/plan/trap.h"
#include "runtime/sim/environment_batch.h"

namespace duet::plan {

namespace {

const uint64_t kRobotSite = hash_text("interact");

const Block& act_of(const Node& node) {
  return node.blocks.back();
}

/// Lets the act block's parameter be contiguous; how many floats it is.
size_t lay_out_obs(const Preparing& preparing, const Node& node) {
  const ValueId obs = act_of(node).parameters.at(0);
  Layout& layout = preparing.engine().layout(obs);
  layout = contiguous_layout(preparing.sizes(preparing.type(obs), node));
  return static_cast<size_t>(layout.elements());
}

double mean(std::span<const double> x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double deviation(std::span<const double> x) {
  const double centre = mean(x);
  double sum = 0;
  for (const double v : x) sum += (v - centre) * (v - centre);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

}  // namespace

Policy::Policy(const Preparing& preparing, const Node& node)
    : node_(&node),
      begin_(node.blocks.size() > 1 ? preparing.body(node.blocks[0]) : nullptr),
      obs_(lay_out_obs(preparing, node)),
      action_(preparing.axes(act_of(node).results.at(0))) {
  const std::vector<ValueId>& results = act_of(node).results;
  for (size_t i = 1; i < results.size(); ++i) more_.emplace_back(preparing.axes(results[i]));
  act_ = preparing.body(act_of(node));
}

std::span<const float> Policy::more(Thread& thread, size_t i) {
  const auto values = more_[i](thread.value(act_->block().results[i + 1]), act_->result(i + 1));
  require_finite(thread, values, *node_, act_.get());
  return values;
}

std::span<const float> Policy::act(Thread& thread, std::span<const double> obs) {
  std::ranges::transform(obs, obs_.data(), [](double x) { return static_cast<float>(x); });
  thread.point(act_->block().parameters.front(), obs_.data());
  act_->run(thread);
  const auto action = action_(thread.value(act_->block().results.front()), act_->result(0));
  require_finite(thread, action, *node_, act_.get());
  return action;
}

const std::shared_ptr<const Model>& Actor::model() {
  if (!model_) model_ = Model::load(engine_.program.robot.mjcf);
  return model_;
}

Environment& Actor::robot() {
  if (!robot_) robot_ = std::make_unique<Environment>(model(), engine_.program, engine_.seed, kRobotSite);
  return *robot_;
}

void Actor::begin_episode() {
  robot().reset();
  ++engine_.counters.episode;
  running_ = true;
  return_ = 0;
  length_ = 0;
}

void Actor::end_episode() {
  running_ = false;
  engine_.metric("train/return", return_);
  engine_.metric("train/length", static_cast<double>(length_));
}

void Actor::interact(Thread& thread, Policy& policy, int64_t memory, uint64_t site) {
  const TickScope tick(thread);
  Environment& robot = this->robot();
  if (!running_) begin_episode();
  if (begun_[site] != engine_.counters.episode) {
    policy.begin(thread);
    begun_[site] = engine_.counters.episode;
  }
  const Environment* const acts = &robot;
  const Acting acting(*this, {&acts, 1});
  const std::span<const float> action = policy.act(thread, robot.observation());
  control_.assign(action.begin(), action.end());

  const Environment::Outcome outcome = robot.step(control_);
  ++engine_.counters.step;
  return_ += outcome.reward;
  ++length_;
  if (memory >= 0) store(memory, policy, action, outcome);
  if (outcome.done || outcome.truncated) end_episode();
  if (engine_.options.events) engine_.options.events->progress({engine_.counters.step, engine_.options.steps});
}

void Actor::store(int64_t memory, const Policy& policy, std::span<const float> action,
                  const Environment::Outcome& outcome) {
  const std::span<const double> next = robot().observation();
  next_obs_.assign(next.begin(), next.end());
  const auto reward = static_cast<float>(outcome.reward);
  const float alive = outcome.done ? 0.0f : 1.0f;
  engine_.memory(memory).append(policy.obs(), action, {&reward, 1}, next_obs_, {&alive, 1});
}

namespace {

/// Counts a step of the episodes that are running, and adds up what the policy gave beside the actions.
void add_up(Thread& thread, Policy& policy, std::span<const uint8_t> running, Actor::Episodes& done) {
  for (size_t e = 0; e < running.size(); ++e) done.lengths[e] += running[e] != 0;
  done.sums.resize(policy.more());
  for (size_t i = 0; i < policy.more(); ++i) {
    const std::span<const float> values = policy.more(thread, i);
    done.sums[i].resize(values.size());
    const size_t each = values.size() / running.size();
    for (size_t k = 0; k < values.size(); ++k)
      if (running[k / each]) done.sums[i][k] += static_cast<double>(values[k]);
  }
}

}  // namespace

Actor::Episodes Actor::episodes(Thread& thread, Policy& policy, int64_t count, uint64_t site, uint64_t ordinal,
                                const EpisodeWatcher& watch) {
  const auto size = static_cast<size_t>(count);
  EnvironmentBatch robots(model(), engine_.program, size, engine_.seed, derived_site(site, ordinal), EpisodeEnd::hold,
                          *engine_.pool);
  robots.reset();
  {
    const TickScope tick(thread);
    policy.begin(thread);
  }
  Episodes done{std::vector<double>(size), std::vector<int64_t>(size), {}};
  std::vector<double> controls;
  const auto running = [&](size_t e) { return robots.running()[e] != 0; };
  std::vector<const Environment*> all;
  for (size_t e = 0; e < size; ++e) all.push_back(&robots[e]);
  const Acting acting(*this, all);
  if (watch && !watch(robots[0], false)) return done;
  for (int64_t left = count; left > 0;) {
    const TickScope tick(thread);
    const std::span<const float> actions = policy.act(thread, robots.observations());
    controls.assign(actions.begin(), actions.end());
    add_up(thread, policy, robots.running(), done);
    robots.step(controls);
    for (size_t e = 0; e < size; ++e) done.returns[e] += robots.rewards()[e];
    left = std::ranges::count_if(robots.running(), [](uint8_t running) { return running != 0; });
    if (watch && (!watch(robots[0], !running(0)) || !running(0))) return done;
  }
  return done;
}

Actor::Episodes Actor::play(Thread& thread, Policy& policy, int64_t count, uint64_t site) {
  const auto ordinal = static_cast<uint64_t>(engine_.counters.evaluations[site]++);
  Episodes done = episodes(thread, policy, count, site, ordinal, {});
  for (const int64_t length : done.lengths) engine_.counters.step += length;
  engine_.metric("train/return", mean(done.returns));
  engine_.metric("train/length", mean(std::vector<double>(done.lengths.begin(), done.lengths.end())));
  if (engine_.options.events) engine_.options.events->progress({engine_.counters.step, engine_.options.steps});
  return done;
}

void Actor::simulate(const Rollouts& rollouts) {
  const Environment* const given = engine_.options.robot;
  const std::span<const Environment* const> robots =
      acting_.empty() && given ? std::span<const Environment* const>(&given, 1) : acting_;
  if (robots.empty()) throw std::logic_error("simulate: no robot acts here");
  if (!rollouts_) rollouts_ = std::make_unique<RolloutBatch>(model(), engine_.program);
  rollouts_->run(*engine_.pool, robots, rollouts);
}

void Actor::save(CheckpointWriter& writer) const {
  writer.add_value<uint8_t>("actor.running", running_ ? 1 : 0);
  writer.add_value<double>("actor.return", return_);
  writer.add_value<int64_t>("actor.length", length_);
  for (const auto& [site, episode] : begun_) writer.add_value<int64_t>("actor.begun." + std::to_string(site), episode);
  if (!robot_) return;
  const std::vector<std::byte> bytes = robot_->save();
  writer.add_text("actor.robot", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void Actor::load(const CheckpointReader& reader) {
  running_ = reader.value<uint8_t>("actor.running") != 0;
  return_ = reader.value<double>("actor.return");
  length_ = reader.value<int64_t>("actor.length");
  begun_.clear();
  const std::string prefix = "actor.begun.";
  for (const BlobInfo& blob : reader.blobs())
    if (blob.name.starts_with(prefix))
      begun_[std::stoull(blob.name.substr(prefix.size()))] = reader.value<int64_t>(blob.name);
  robot_.reset();
  if (reader.has("actor.robot")) robot().restore(reader.bytes("actor.robot"));
}

Run prepare_interact(Preparing& preparing, const Node& node) {
  const auto policy = std::make_shared<Policy>(preparing, node);
  const int64_t memory = node.has("memory") ? node.integer("memory") : -1;
  const auto site = static_cast<uint64_t>(node.integer("site"));
  return [=](Thread& thread) { thread.engine.actor->interact(thread, *policy, memory, site); };
}

Run prepare_play(Preparing& preparing, const Node& node) {
  const auto policy = std::make_shared<Policy>(preparing, node);
  const auto site = static_cast<uint64_t>(node.integer("site"));
  for (const ValueId out : node.results) preparing.allocate(out, node);
  const int64_t count = preparing.layout(node.results.at(0)).elements();
  return [=, results = node.results](Thread& thread) {
    const Actor::Episodes done = thread.engine.actor->play(thread, *policy, count, site);
    std::ranges::copy(done.returns, thread.value(results[0]));
    std::ranges::copy(done.lengths, thread.value(results[1]));
    for (size_t i = 0; i < done.sums.size(); ++i) std::ranges::copy(done.sums[i], thread.value(results[i + 2]));
  };
}

Run prepare_evaluate(Preparing& preparing, const Node& node) {
  const auto policy = std::make_shared<Policy>(preparing, node);
  const int64_t episodes = node.integer("episodes");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const std::string metric = node.text("metric");
  return [=](Thread& thread) {
    Engine& engine = thread.engine;
    const auto ordinal = static_cast<uint64_t>(engine.counters.evaluations[site]++);
    const Actor::Episodes done = engine.actor->episodes(thread, *policy, episodes, site, ordinal, {});
    engine.metric(metric + "/return", mean(done.returns));
    engine.metric(metric + "/return_std", deviation(done.returns));
    engine.metric(metric + "/length", mean(std::vector<double>(done.lengths.begin(), done.lengths.end())));
  };
}

}  // namespace duet::plan
