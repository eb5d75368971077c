#include "runtime/interp/actor.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/core/hash.h"
#include "runtime/core/random.h"
#include "runtime/interp/trap.h"
#include "runtime/sim/environment_batch.h"

namespace duet::interp {

namespace {

const uint64_t kRobotSite = hash_text("interact");

void copy(std::span<const double> from, float* to) {
  std::transform(from.begin(), from.end(), to, [](double x) { return static_cast<float>(x); });
}

std::vector<float> floats(std::span<const double> from) {
  return {from.begin(), from.end()};
}

/// What an act block gives for `obs`: the action, dims [..., action], and more.
std::vector<Tensor> act_on(Engine& engine, const Body& act, const Tensor& obs, const Node& node) {
  engine.value(act.block().parameters.at(0)) = obs;
  act.run(engine);
  for (const ValueId result : act.block().results) require_finite(engine, engine.value(result), result, node);
  std::vector<Tensor> given = act.take_results(engine);
  for (Tensor& value : given) value = to_kind(value, Kind::real).contiguous();
  return given;
}

/// Counts a step of the episodes that are running, and adds up what the policy gave beside the actions.
void add_up(const std::vector<Tensor>& given, std::span<const uint8_t> running, Actor::Episodes& done) {
  for (size_t e = 0; e < running.size(); ++e) done.lengths[e] += running[e] != 0;
  done.sums.resize(given.size() - 1);
  for (size_t i = 0; i < done.sums.size(); ++i) {
    const std::span<const float> x(given[i + 1].data_ptr<float>(), static_cast<size_t>(given[i + 1].numel()));
    done.sums[i].resize(x.size());
    const size_t each = x.size() / running.size();
    for (size_t k = 0; k < x.size(); ++k)
      if (running[k / each]) done.sums[i][k] += static_cast<double>(x[k]);
  }
}

std::vector<int64_t> sizes_of(const std::vector<Axis>& axes) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : axes) sizes.push_back(axis.size);
  return sizes;
}

double mean(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double deviation(const std::vector<double>& x) {
  const double centre = mean(x);
  double sum = 0;
  for (const double v : x) sum += (v - centre) * (v - centre);
  return std::sqrt(sum / static_cast<double>(x.size()));
}

}  // namespace

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

void Actor::interact(const Body& begin, const Body& act, int64_t memory, uint64_t site, const Node& node) {
  const TickScope tick(engine_);
  Environment& robot = this->robot();
  if (!running_) begin_episode();
  if (begun_[site] != engine_.counters.episode) {
    begin.call(engine_);
    begun_[site] = engine_.counters.episode;
  }
  const std::vector<float> obs = floats(robot.observation());
  Tensor seen = at::empty({static_cast<int64_t>(obs.size())}, at::kFloat);
  std::copy(obs.begin(), obs.end(), seen.data_ptr<float>());
  const Acting acting(*this, {&robot});
  const Tensor action = act_on(engine_, act, seen, node)[0];
  const std::span<const float> chosen(action.data_ptr<float>(), static_cast<size_t>(action.numel()));
  const std::vector<double> control(chosen.begin(), chosen.end());

  const Environment::Outcome outcome = robot.step(control);
  ++engine_.counters.step;
  return_ += outcome.reward;
  ++length_;
  if (memory >= 0) {
    const std::array<float, 1> reward{static_cast<float>(outcome.reward)}, alive{outcome.done ? 0.0f : 1.0f};
    engine_.memory(memory).append(obs, chosen, reward, floats(robot.observation()), alive);
  }
  if (outcome.done || outcome.truncated) end_episode();
  if (engine_.options.events) engine_.options.events->progress({engine_.counters.step, engine_.options.steps});
}

int Actor::allowed_threads() const {
  return engine_.options.threads > 0 ? engine_.options.threads : core_count();
}

ThreadPool& Actor::pool(int64_t robots) {
  const int wanted = static_cast<int>(std::min<int64_t>(allowed_threads(), std::max<int64_t>(robots, 1)));
  if (!pool_ || pool_->threads() < wanted) pool_ = std::make_unique<ThreadPool>(wanted);
  return *pool_;
}

Actor::Episodes Actor::episodes(const Body* begin, const Body& act, int64_t count, uint64_t site, uint64_t ordinal,
                                const Node& node, const EpisodeWatcher& watch) {
  const auto sizes = sizes_of(engine_.program.type(act.block().parameters.at(0)).axes);
  const auto size = static_cast<size_t>(count);
  EnvironmentBatch robots(model(), engine_.program, size, engine_.seed, derived_site(site, ordinal), EpisodeEnd::hold,
                          pool(count));
  robots.reset();
  {
    const TickScope tick(engine_);
    if (begin) begin->call(engine_);
  }
  Episodes done{std::vector<double>(size), std::vector<int64_t>(size), {}};
  std::vector<double> controls;
  const auto running = [&](size_t e) { return robots.running()[e] != 0; };
  std::vector<const Environment*> all;
  for (size_t e = 0; e < size; ++e) all.push_back(&robots[e]);
  const Acting acting(*this, all);
  if (watch && !watch(robots[0], false)) return done;
  for (int64_t left = count; left > 0;) {
    const TickScope tick(engine_);
    Tensor obs = at::empty(sizes, at::kFloat);
    copy(robots.observations(), obs.data_ptr<float>());
    const std::vector<Tensor> given = act_on(engine_, act, obs, node);
    const float* chosen = given[0].data_ptr<float>();
    controls.assign(chosen, chosen + given[0].numel());
    add_up(given, robots.running(), done);
    robots.step(controls);
    for (size_t e = 0; e < size; ++e) done.returns[e] += robots.rewards()[e];
    left = std::ranges::count_if(robots.running(), [](uint8_t running) { return running != 0; });
    if (watch && (!watch(robots[0], !running(0)) || !running(0))) return done;
  }
  return done;
}

Actor::Episodes Actor::play(const Body& act, int64_t count, uint64_t site, const Node& node) {
  const auto ordinal = static_cast<uint64_t>(engine_.counters.evaluations[site]++);
  Episodes done = episodes(nullptr, act, count, site, ordinal, node, {});
  for (const int64_t length : done.lengths) engine_.counters.step += length;
  engine_.metric("train/return", mean(done.returns));
  engine_.metric("train/length", mean({done.lengths.begin(), done.lengths.end()}));
  if (engine_.options.events) engine_.options.events->progress({engine_.counters.step, engine_.options.steps});
  return done;
}

void Actor::simulate(const Rollouts& rollouts) {
  if (acting_.empty()) throw std::logic_error("simulate: no robot acts here");
  if (!simulation_)
    simulation_.reset(new Simulation{ThreadPool(allowed_threads()), RolloutBatch(model(), engine_.program)});
  simulation_->rollouts.run(simulation_->pool, acting_, rollouts);
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
  const auto begin = preparing.body(node.blocks.at(0)), act = preparing.body(node.blocks.at(1));
  const int64_t memory = node.has("memory") ? node.integer("memory") : -1;
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const Node* self = &node;
  return [=](Engine& engine) { engine.actor->interact(*begin, *act, memory, site, *self); };
}

Run prepare_play(Preparing& preparing, const Node& node) {
  const auto act = preparing.body(node.blocks.at(0));
  const auto site = static_cast<uint64_t>(node.integer("site"));
  std::vector<std::vector<int64_t>> sizes;
  for (const ValueId out : node.results) sizes.push_back(sizes_of(preparing.axes(out)));
  int64_t count = 1;
  for (const int64_t size : sizes[0]) count *= size;
  const Node* self = &node;
  return [=](Engine& engine) {
    const Actor::Episodes done = engine.actor->play(*act, count, site, *self);
    const auto give = [&](size_t i, const auto& values) {
      Tensor out = at::empty(sizes[i], at::kFloat);
      std::copy(values.begin(), values.end(), out.data_ptr<float>());
      engine.value(self->results[i]) = out;
    };
    give(0, done.returns);
    give(1, done.lengths);
    for (size_t i = 0; i < done.sums.size(); ++i) give(i + 2, done.sums[i]);
  };
}

Run prepare_evaluate(Preparing& preparing, const Node& node) {
  const auto begin = preparing.body(node.blocks.at(0)), act = preparing.body(node.blocks.at(1));
  const int64_t episodes = node.integer("episodes");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const std::string metric = node.text("metric");
  const Node* self = &node;
  return [=](Engine& engine) {
    const auto ordinal = static_cast<uint64_t>(engine.counters.evaluations[site]++);
    const Actor::Episodes done = engine.actor->episodes(begin.get(), *act, episodes, site, ordinal, *self, {});
    engine.metric(metric + "/return", mean(done.returns));
    engine.metric(metric + "/return_std", deviation(done.returns));
    engine.metric(metric + "/length", mean({done.lengths.begin(), done.lengths.end()}));
  };
}

}  // namespace duet::interp
