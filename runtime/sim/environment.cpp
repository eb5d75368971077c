#include "runtime/sim/environment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/double_tape.h"

namespace duet {
namespace {

/// What a copy from the simulator belongs to: the moment before the step, or now.
enum class Moment { before, now };

/// What an expression may read beside the quantities of the simulator, each empty where it has no meaning.
struct Signals {
  std::span<const double> obs, action;
};

struct Input {
  Moment moment;
  std::span<const double> from;
  std::span<double> to;  ///< a parameter of the tape
};

/// One expression of the robot's script with its inputs. It must not move: the inputs point into it.
class Expression {
 public:
  /// `observing`: an unprimed quantity is the one of now too.
  Expression(const char* clause, const Program& program, const RobotBlock& block, const Simulator& sim,
             const Signals& signals, bool observing)
      : clause_(clause), tape_(program, block.block), last_span_(span_of(block.block)) {
    if (block.inputs.size() != tape_.parameter_count()) fail("its inputs do not match the block's parameters");
    for (std::size_t i = 0; i < block.inputs.size(); ++i) bind(block.inputs[i], i, sim, signals, observing);
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  /// Reads the inputs that belong to this moment.
  void read(Moment moment) {
    for (const Input& input : inputs_)
      if (input.moment == moment) std::copy(input.from.begin(), input.from.end(), input.to.begin());
  }

  void run(DrawKey key = {}) { tape_.run(key); }

  /// Reads what is of now, evaluates, and gives the only number.
  double evaluate() {
    read(Moment::now);
    tape_.run();
    return tape_.scalar(0);
  }

  const DoubleTape& tape() const { return tape_; }

  void require_result(std::size_t i, std::size_t size) const {
    if (i < tape_.result_count() && tape_.result_size(i) == size) return;
    fail("result " + std::to_string(i) + " should have " + std::to_string(size) + " elements");
  }

  /// Error E0602 for a number of result `i` that is not finite.
  [[noreturn]] void throw_bad(const std::string& what, double number, std::size_t i) const {
    const Span culprit = tape_.culprit(i);
    const char* kind = std::isnan(number) ? "not a number" : number > 0 ? "infinite" : "minus infinite";
    throw Error("E0602", what + " is " + kind,
                "divisions by zero, roots and logarithms of negative numbers, and overflows make such numbers",
                culprit.known() ? culprit : last_span_);
  }

 private:
  static Span span_of(const Block& block) { return block.nodes.empty() ? Span{} : block.nodes.back().span; }

  [[noreturn]] void fail(const std::string& fault) const {
    throw std::logic_error("Environment: " + std::string(clause_) + ": " + fault);
  }

  void bind(const std::string& name, std::size_t i, const Simulator& sim, const Signals& signals, bool observing) {
    const bool primed = !name.empty() && name.back() == '\'';
    const std::string bare = primed ? name.substr(0, name.size() - 1) : name;
    Input input{observing || primed ? Moment::now : Moment::before, {}, tape_.parameter(i)};
    if (bare == "obs") {
      input.from = signals.obs;
    } else if (bare == "action") {
      input.from = signals.action;
    } else {
      input.from = sim.quantity(bare).values;
    }
    if (input.from.size() != input.to.size())
      fail("input '" + name + "' has " + std::to_string(input.from.size()) +
           " numbers here, but the block's parameter " + std::to_string(input.to.size()));
    inputs_.push_back(input);
  }

  const char* clause_;
  DoubleTape tape_;
  Span last_span_;
  std::vector<Input> inputs_;
};

/// The counters in a saved state; numbers of 64 bits, so that the doubles behind them are aligned.
struct Counters {
  uint64_t episodes = 0;  // resets so far
  int64_t steps = 0;      // of this episode
};

}  // namespace

struct Environment::Impl {
  Impl(std::shared_ptr<const Model> model, const Program& program, uint64_t seed, uint64_t site)
      : sim(std::move(model)),
        frames(static_cast<int>(program.robot.frames)),
        limit(program.robot.limit),
        seed(seed),
        site(site),
        obs(size_of("obs", program.robot.obs)),
        action(size_of("action", program.robot.action)),
        qpos(sim.qpos().size()),
        qvel(sim.qvel().size()),
        sim_state(sim.state_size()) {
    const RobotProgram& robot = program.robot;
    if (action.size() != sim.ctrl().size())
      throw std::logic_error("Environment: the action is not the model's control");
    observe.emplace("observe", program, robot.observe, sim, Signals{}, true);
    observe->require_result(0, obs.size());
    const auto add = [&](std::optional<Expression>& expression, const char* clause, const RobotBlock& block) {
      if (block.block.results.empty()) return;
      expression.emplace(clause, program, block, sim, Signals{obs, action}, false);
      expression->require_result(0, 1);
    };
    add(reward, "reward", robot.reward);
    add(done, "done", robot.done);
    add(truncate, "truncate", robot.truncate);
    if (!reward) throw std::logic_error("Environment: the robot has no reward");
    add_reset(program);
  }

  static std::size_t size_of(const char* what, int64_t size) {
    if (size < 0) throw std::logic_error(std::string("Environment: the size of ") + what + " is not known");
    return static_cast<std::size_t>(size);
  }

  void add_reset(const Program& program) {
    for (const std::string& input : program.robot.reset.inputs)
      if (input != "qpos0") throw std::logic_error("Environment: reset: input '" + input + "' has no value yet");
    start.emplace("reset", program, program.robot.reset, sim, Signals{}, true);
    start->require_result(0, qpos.size());
    start->require_result(1, qvel.size());
    start->read(Moment::now);
  }

  void update_observation() {
    observe->read(Moment::now);
    observe->run();
    observe->tape().read(0, obs);
    for (std::size_t i = 0; i < obs.size(); ++i)
      if (!std::isfinite(obs[i])) observe->throw_bad("element " + std::to_string(i) + " of the observation", obs[i], 0);
  }

  /// The value of `done` or `truncate`; false if the script has none.
  static bool holds(std::optional<Expression>& condition) { return condition && condition->evaluate() != 0; }

  void read_before() {
    reward->read(Moment::before);
    if (done) done->read(Moment::before);
    if (truncate) truncate->read(Moment::before);
  }

  Simulator sim;
  int frames;
  int64_t limit;
  uint64_t seed, site;
  std::vector<double> obs, action, qpos, qvel, sim_state;
  Counters counters;
  std::optional<Expression> observe, reward, done, truncate, start;
};

Environment::Environment(std::shared_ptr<const Model> model, const Program& program, uint64_t seed, uint64_t site)
    : impl_(std::make_unique<Impl>(std::move(model), program, seed, site)) {}
Environment::~Environment() = default;
Environment::Environment(Environment&&) noexcept = default;

std::span<const double> Environment::reset() {
  Impl& s = *impl_;
  s.start->run({s.seed, s.site, s.counters.episodes});
  ++s.counters.episodes;
  s.counters.steps = 0;
  s.start->tape().read(0, s.qpos);
  s.start->tape().read(1, s.qvel);
  s.sim.reset(s.qpos, s.qvel);
  s.update_observation();
  return s.obs;
}

Environment::Outcome Environment::step(std::span<const double> action) {
  Impl& s = *impl_;
  if (s.counters.episodes == 0) throw std::logic_error("Environment: step() before the first reset()");
  if (action.size() != s.action.size()) throw std::invalid_argument("Environment: the action has a wrong size");
  std::copy(action.begin(), action.end(), s.action.begin());
  s.read_before();
  s.sim.step(s.action, s.frames);
  ++s.counters.steps;
  s.update_observation();
  Outcome outcome;
  outcome.reward = s.reward->evaluate();
  if (!std::isfinite(outcome.reward)) s.reward->throw_bad("the reward", outcome.reward, 0);
  outcome.done = Impl::holds(s.done);
  const bool at_limit = s.limit > 0 && s.counters.steps >= s.limit;
  outcome.truncated = (Impl::holds(s.truncate) || at_limit) && !outcome.done;
  return outcome;
}

std::span<const double> Environment::observation() const { return impl_->obs; }
const Simulator& Environment::simulator() const { return impl_->sim; }
int64_t Environment::episode_steps() const { return impl_->counters.steps; }

std::vector<std::byte> Environment::save() const {
  const Impl& s = *impl_;
  const std::vector<double> state = s.sim.save();
  std::vector<std::byte> bytes;
  bytes.reserve(sizeof(Counters) + (state.size() + s.obs.size()) * sizeof(double));
  const auto append = [&](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  append(std::as_bytes(std::span(&s.counters, 1)));
  append(std::as_bytes(std::span(state)));
  append(std::as_bytes(std::span(s.obs)));
  return bytes;
}

void Environment::restore(std::span<const std::byte> bytes) {
  Impl& s = *impl_;
  const std::size_t wanted = sizeof(Counters) + (s.sim_state.size() + s.obs.size()) * sizeof(double);
  if (bytes.size() != wanted) {
    throw Error("E0610",
                "a saved state of the robot has " + std::to_string(bytes.size()) + " bytes, but '" +
                    s.sim.model().path() + "' needs " + std::to_string(wanted),
                "it belongs to another robot, or the model file or the script has changed since it was saved");
  }
  const auto take = [&](void* to, std::size_t count) {
    std::memcpy(to, bytes.data(), count);
    bytes = bytes.subspan(count);
  };
  take(&s.counters, sizeof(Counters));
  take(s.sim_state.data(), s.sim_state.size() * sizeof(double));
  take(s.obs.data(), s.obs.size() * sizeof(double));
  s.sim.restore(s.sim_state);
}

}  // namespace duet
