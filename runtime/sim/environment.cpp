#include "runtime/sim/environment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"
#include "runtime/sim/robot_expression.h"

namespace duet {
namespace {

/// A start that is refused is drawn anew; after so many refusals the condition cannot be meant.
constexpr uint64_t kMostStarts = 10000;

/// The counters in a saved state; numbers of 64 bits, so that the doubles behind them are aligned.
struct Counters {
  uint64_t episodes = 0;  // resets so far
  int64_t steps = 0;      // of this episode
};

/// The clauses differ in what an unprimed quantity means: what it was before the step, what it is now, or, where only
/// the model is known yet, the number in the model's file.
enum class Sight { file, episode, now, step };

bool reads(const RobotProgram& robot, const char* quantity) {
  const auto has = [&](const RobotBlock& block) {
    return std::any_of(block.inputs.begin(), block.inputs.end(),
                       [&](const std::string& input) { return input.substr(0, input.find('\'')) == quantity; });
  };
  return has(robot.observe) || has(robot.reward) || has(robot.done) || has(robot.truncate) || has(robot.start) ||
         has(robot.before) || has(robot.after) || has(robot.control);
}

SimulatorOptions options_of(const RobotProgram& robot) {
  const bool velocities =
      reads(robot, "xvelp") || reads(robot, "xvelr") || reads(robot, "site_xvelp") || reads(robot, "site_xvelr");
  const bool body_forces = reads(robot, "cacc") || reads(robot, "cfrc_int") || reads(robot, "cfrc_ext");
  return {!robot.edits.empty(), reads(robot, "contact_force"), velocities, body_forces};
}

/// The robot's own tensors: a number of the episode, or a variable with its value before and after the step.
struct OwnValue {
  explicit OwnValue(const RobotValue& value)
      : name(value.name),
        what("`" + value.name + "`"),
        now(static_cast<std::size_t>(value.type.elements())),
        before(now) {}

  std::string name, what;
  std::vector<double> now, before;
};

std::vector<OwnValue> own_values(const std::vector<RobotValue>& values) {
  std::vector<OwnValue> own;
  for (const RobotValue& value : values) own.emplace_back(value);
  return own;
}

/// Copies in place: expressions look at the numbers where they are.
void copy_values(const std::vector<OwnValue>& from, std::vector<OwnValue>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) std::ranges::copy(from[i].now, to[i].now.begin());
}

}  // namespace

struct Environment::Impl {
  Impl(std::shared_ptr<const Model> shared, const Program& program, uint64_t seed, uint64_t site)
      : robot(program.robot),
        sim(std::move(shared), options_of(robot)),
        seed(seed),
        site(site),
        reads_observation(reads(robot, "obs")),
        drawn(own_values(robot.drawn)),
        variables(own_values(robot.variables)),
        obs(size_of("obs", robot.obs)),
        action(size_of("action", robot.action)),
        qpos(sim.qpos().size()),
        qvel(sim.qvel().size()),
        ctrl(sim.ctrl().size()),
        sim_state(sim.state_size()) {
    make(program, observe, "observe", robot.observe, Sight::now);
    make(program, reward, "reward", robot.reward, Sight::step);
    make(program, done, "done", robot.done, Sight::step);
    make(program, truncate, "truncate", robot.truncate, Sight::step);
    make(program, randomize, "randomize", robot.randomize, Sight::file);
    make(program, edit, "set", robot.edit, Sight::file);
    make(program, draw_start, "reset", robot.reset, Sight::episode);
    make(program, start, "var", robot.start, Sight::now);
    make(program, before, "var", robot.before, Sight::now);
    make(program, after, "var", robot.after, Sight::step);
    make(program, control, "control", robot.control, Sight::now);
    require_results();
    law = [this](std::span<double> out) { take_control(out); };
    for (const ModelEdit& each : robot.edits) edit_values.emplace_back(each.elements.size());
  }

  static std::size_t size_of(const char* what, int64_t size) {
    if (size < 0) throw std::logic_error(std::string("Environment: the size of ") + what + " is not known");
    return static_cast<std::size_t>(size);
  }

  void make(const Program& program, std::optional<RobotExpression>& expression, const char* clause,
            const RobotBlock& block, Sight sight) {
    if (block.block.results.empty()) return;
    expression.emplace(clause, program, block, [&](const std::string& name) { return source(name, sight, &block); });
    all.push_back(&*expression);
  }

  void require_results() {
    if (!observe || !reward || !draw_start) throw std::logic_error("Environment: the robot is incomplete");
    observe->require_result(0, obs.size());
    for (const auto* condition : {&reward, &done, &truncate})
      if (*condition) (*condition)->require_result(0, 1);
    draw_start->require_result(0, qpos.size());
    draw_start->require_result(1, qvel.size());
    if (control)
      control->require_result(0, ctrl.size());
    else if (action.size() != ctrl.size())
      throw std::logic_error("Environment: the action is not the model's control");
    for (std::size_t i = 0; i < drawn.size(); ++i) randomize->require_result(i, drawn[i].now.size());
    for (std::size_t i = 0; i < variables.size(); ++i) start->require_result(i, variables[i].now.size());
  }

  /// Where the input `name` of a clause comes from.
  InputSource source(const std::string& name, Sight sight, const RobotBlock* block) {
    const bool primed = name.ends_with('\'');
    const std::string bare = primed ? name.substr(0, name.size() - 1) : name;
    for (const OwnValue& value : drawn)
      if (value.name == bare) return {Moment::episode, value.now};
    for (const OwnValue& value : variables)
      if (value.name == bare) return {Moment::now, primed || block == &robot.observe ? value.now : value.before};
    const Moment unprimed = sight == Sight::step ? Moment::before : Moment::now;
    if (bare == "obs") return {primed ? Moment::now : unprimed, obs};
    if (bare == "action") return {Moment::now, action};
    if (sight == Sight::file) return {Moment::episode, sim.nominal(bare).values};
    if (sight == Sight::episode || sim.is_constant(bare)) return {Moment::episode, sim.quantity(bare).values};
    return {primed ? Moment::now : unprimed, sim.quantity(bare).values};
  }

  /// Draws of the same place differ from step to step.
  DrawKey step_key() const { return {seed, site, counters.episodes << 32 | static_cast<uint64_t>(counters.steps)}; }
  DrawKey episode_key() const { return {seed, site, counters.episodes}; }

  /// The numbers of a new episode, and the constants of the model that depend on them.
  void begin_episode() {
    if (randomize) {
      randomize->read(Moment::episode);
      randomize->run(episode_key());
      for (std::size_t i = 0; i < drawn.size(); ++i) randomize->take(i, drawn[i].now, drawn[i].what.c_str());
    }
    write_constants();
  }

  void write_constants() {
    if (edit) {
      edit->read(Moment::episode);
      edit->run();
      for (std::size_t i = 0; i < robot.edits.size(); ++i) {
        edit->take(i, edit_values[i], robot.edits[i].quantity.c_str());
        sim.write_constant(robot.edits[i].quantity, robot.edits[i].elements, edit_values[i]);
      }
      sim.finish_constants();
    }
    for (RobotExpression* expression : all) expression->read(Moment::episode);
  }

  /// Draws qpos and qvel until the script accepts them.
  void draw_state() {
    const bool refusable = draw_start->tape().result_count() == 3;
    for (uint64_t attempt = 0; attempt < kMostStarts; ++attempt) {
      DrawKey key = episode_key();
      if (attempt > 0) key.site = mix64(key.site + attempt);
      draw_start->run(key);
      if (refusable && draw_start->scalar(2) == 0) continue;
      draw_start->tape().read(0, qpos);
      draw_start->tape().read(1, qvel);
      return;
    }
    throw Error("E0617", "none of " + std::to_string(kMostStarts) + " starts that were drawn is accepted",
                "the condition after `until` must hold for some of the starts", draw_start->place());
  }

  std::span<const double> begin(bool draws_state) {
    begin_episode();
    if (draws_state) draw_state();
    ++counters.episodes;
    counters.steps = 0;
    sim.reset(qpos, qvel);
    if (robot.settle > 0) sim.settle(static_cast<int>(robot.settle));
    if (start) {
      start->run(step_key());
      for (std::size_t i = 0; i < variables.size(); ++i) {
        start->take(i, variables[i].now, variables[i].what.c_str());
        variables[i].before = variables[i].now;
      }
    }
    update_observation();
    return obs;
  }

  void update_observation() {
    observe->run(step_key());
    observe->take(0, obs, "the observation");
  }

  /// New values of some of the variables.
  void change(std::optional<RobotExpression>& expression, const std::vector<int64_t>& which) {
    if (!expression) return;
    expression->run(step_key());
    for (std::size_t i = 0; i < which.size(); ++i) {
      OwnValue& variable = variables[static_cast<std::size_t>(which[i])];
      expression->take(i, variable.now, variable.what.c_str());
    }
  }

  void take_control(std::span<double> out) {
    control->run();
    control->take(0, out, "the control");
  }

  void go_on_from(const Impl& other) {
    const bool other_numbers = !std::ranges::equal(drawn, other.drawn, {}, &OwnValue::now, &OwnValue::now);
    const bool fresh = counters.episodes == 0;
    seed = other.seed;
    site = other.site;
    counters = other.counters;
    copy_values(other.drawn, drawn);
    copy_values(other.variables, variables);
    std::ranges::copy(other.obs, obs.begin());
    if (fresh || other_numbers) write_constants();
    sim.go_on_from(other.sim);
  }

  /// Keeps the action, treated as the script says where it lies outside its limits.
  void accept_action(std::span<const double> given) {
    if (given.size() != action.size()) throw std::invalid_argument("Environment: the action has a wrong size");
    std::copy(given.begin(), given.end(), action.begin());
    if (robot.outside == OutsideLimits::pass) return;
    for (std::size_t i = 0; i < action.size(); ++i) {
      const double inside = std::clamp(action[i], robot.low[i], robot.high[i]);
      if (action[i] == inside || std::isnan(action[i])) continue;
      if (robot.outside == OutsideLimits::refuse)
        throw Error("E0615",
                    "element " + std::to_string(i) + " of the action is " + std::to_string(action[i]) + ", outside " +
                        std::to_string(robot.low[i]) + " to " + std::to_string(robot.high[i]),
                    "the robot's script refuses such actions; `outside clip` would move them to the limit");
      action[i] = inside;
    }
  }

  void move() {
    const int frames = static_cast<int>(robot.frames);
    if (!control) return sim.step(action, frames);
    if (robot.control_each_frame) return sim.step(frames, law);
    take_control(ctrl);
    sim.step(ctrl, frames);
  }

  /// The value of `done` or `truncate`; false if the script has none.
  static bool holds(std::optional<RobotExpression>& condition) {
    if (!condition) return false;
    condition->run();
    return condition->scalar() != 0;
  }

  const RobotProgram robot;
  Simulator sim;
  uint64_t seed, site;
  bool reads_observation;
  std::vector<OwnValue> drawn, variables;
  std::vector<double> obs, action, qpos, qvel, ctrl, sim_state;
  std::vector<std::vector<double>> edit_values;
  Counters counters;
  std::optional<RobotExpression> randomize, edit, draw_start, start, before, control, after, observe, reward, done,
      truncate;
  std::vector<RobotExpression*> all;
  ControlLaw law;
};

Environment::Environment(std::shared_ptr<const Model> model, const Program& program, uint64_t seed, uint64_t site)
    : impl_(std::make_unique<Impl>(std::move(model), program, seed, site)) {}
Environment::~Environment() = default;
Environment::Environment(Environment&&) noexcept = default;

std::span<const double> Environment::reset() {
  return impl_->begin(true);
}

std::span<const double> Environment::reset_to(std::span<const double> qpos, std::span<const double> qvel) {
  Impl& s = *impl_;
  if (qpos.size() != s.qpos.size() || qvel.size() != s.qvel.size())
    throw std::invalid_argument("Environment: the start has a wrong size");
  std::copy(qpos.begin(), qpos.end(), s.qpos.begin());
  std::copy(qvel.begin(), qvel.end(), s.qvel.begin());
  return s.begin(false);
}

void Environment::resume(std::span<const double> qpos, std::span<const double> qvel,
                         std::span<const double> qacc_warmstart) {
  impl_->sim.resume(qpos, qvel, qacc_warmstart);
}

Environment::Outcome Environment::step(std::span<const double> action, bool observed) {
  Impl& s = *impl_;
  if (s.counters.episodes == 0) throw std::logic_error("Environment: step() before the first reset()");
  s.accept_action(action);
  for (auto* expression : {&s.after, &s.reward, &s.done, &s.truncate})
    if (*expression) (*expression)->read(Moment::before);
  for (OwnValue& variable : s.variables) variable.before = variable.now;
  ++s.counters.steps;
  s.change(s.before, s.robot.before_variables);
  s.move();
  s.change(s.after, s.robot.after_variables);
  if (observed || s.reads_observation) s.update_observation();
  s.reward->run();
  Outcome outcome;
  outcome.reward = s.reward->scalar();
  if (!std::isfinite(outcome.reward)) s.reward->throw_bad("the reward", outcome.reward, 0);
  outcome.done = Impl::holds(s.done);
  const bool at_limit = s.robot.limit > 0 && s.counters.steps >= s.robot.limit;
  outcome.truncated = (Impl::holds(s.truncate) || at_limit) && !outcome.done;
  return outcome;
}

void Environment::go_on_from(const Environment& other) {
  impl_->go_on_from(*other.impl_);
}

std::span<const double> Environment::observation() const {
  return impl_->obs;
}
int64_t Environment::episode_steps() const {
  return impl_->counters.steps;
}
const Simulator& Environment::simulator() const {
  return impl_->sim;
}

namespace {

/// Visits every part of an environment's state, in a fixed order.
template <class Visit>
void each_part(Counters& counters, std::vector<OwnValue>& drawn, std::vector<OwnValue>& variables,
               std::vector<double>& sim_state, std::vector<double>& obs, Visit visit) {
  visit(std::as_writable_bytes(std::span(&counters, 1)));
  for (OwnValue& value : drawn) visit(std::as_writable_bytes(std::span(value.now)));
  for (OwnValue& value : variables) visit(std::as_writable_bytes(std::span(value.now)));
  visit(std::as_writable_bytes(std::span(sim_state)));
  visit(std::as_writable_bytes(std::span(obs)));
}

}  // namespace

std::vector<std::byte> Environment::save() const {
  Impl& s = *impl_;
  s.sim.save(s.sim_state);
  std::vector<std::byte> bytes;
  each_part(s.counters, s.drawn, s.variables, s.sim_state, s.obs,
            [&](std::span<std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); });
  return bytes;
}

void Environment::restore(std::span<const std::byte> bytes) {
  Impl& s = *impl_;
  std::size_t wanted = 0;
  each_part(s.counters, s.drawn, s.variables, s.sim_state, s.obs,
            [&](std::span<std::byte> part) { wanted += part.size(); });
  if (bytes.size() != wanted) {
    throw Error("E0610",
                "a saved state of the robot has " + std::to_string(bytes.size()) + " bytes, but '" +
                    s.sim.model().path() + "' needs " + std::to_string(wanted),
                "it belongs to another robot, or the model file or the script has changed since it was saved");
  }
  each_part(s.counters, s.drawn, s.variables, s.sim_state, s.obs, [&](std::span<std::byte> part) {
    std::copy_n(bytes.begin(), part.size(), part.begin());
    bytes = bytes.subspan(part.size());
  });
  s.write_constants();
  s.sim.restore(s.sim_state);
}

}  // namespace duet
