#include <algorithm>
#include <cmath>
#include <iostream>

#include "compiler/driver/film.h"
#include "compiler/driver/script.h"
#include "compiler/driver/sim_commands.h"
#include "compiler/driver/usage.h"
#include "runtime/core/hash.h"
#include "runtime/core/random.h"

namespace duet {

namespace {

constexpr double kSeconds = 10;      // of an episode that nobody has given a length
constexpr double kUnlimited = 1e29;  // beyond it a limit is none
constexpr auto kRandom = "random";

const uint64_t kRobotSite = hash_text("render/robot");
const uint64_t kActionSite = hash_text("render/action");

/// Actions that need no learning: at random within their limits, or zero.
class Actions {
 public:
  /// Throws UsageError E0005 if actions are drawn at random, but not limited.
  Actions(const RobotProgram& robot, const PictureOptions& options)
      : robot_(robot),
        random_(options.policy.value_or(kRandom) == kRandom),
        seed_(options.seed),
        action_(robot.low.size()) {
    for (size_t i = 0; random_ && i < action_.size(); ++i)
      if (robot.low[i] < -kUnlimited || robot.high[i] > kUnlimited)
        throw UsageError("E0005",
                         "actions are drawn at random within their limits, but action " + std::to_string(i) + " of `" +
                             robot.name + "` has none",
                         "`--policy zero` shows the robot without action");
  }

  std::span<const double> at(int64_t step) {
    if (random_) fill_uniform({seed_, kActionSite, static_cast<uint64_t>(step)}, 0, action_);
    for (size_t i = 0; i < action_.size(); ++i) {
      const double low = robot_.low[i], high = robot_.high[i];
      action_[i] = random_ ? low + action_[i] * (high - low) : std::clamp(0.0, low, high);
    }
    return action_;
  }

 private:
  const RobotProgram& robot_;
  bool random_;
  uint64_t seed_;
  std::vector<double> action_;
};

void play(const Program& program, Film& film, std::shared_ptr<const Model> model, const PictureOptions& options) {
  Environment robot(std::move(model), program, options.seed, kRobotSite);
  Actions actions(program.robot, options);
  robot.reset();
  for (bool more = film.show(robot, false); more;) {
    const Environment::Outcome outcome = robot.step(actions.at(robot.episode_steps()));
    more = film.show(robot, outcome.done || outcome.truncated);
  }
}

}  // namespace

ExitCode render_robot(const PictureOptions& options, Context& context) {
  const std::optional<Script> script = load_robot(options.what, context);
  if (!script) return context.report();
  const Settings settings = parse_settings(options.settings, context);
  std::optional<Compiled> compiled = compile(*script, settings, {}, context);
  if (!compiled) return context.report();
  const Program& program = compiled->program();
  const auto model = Model::load(program.robot.mjcf);
  PictureOptions whole = options;
  if (!whole.steps && whole.frames != 1)
    whole.steps = static_cast<int64_t>(std::ceil(kSeconds / Film::control_step(program.robot, *model)));
  const std::unique_ptr<Film> film = Film::make(whole, program.robot);
  play(program, *film, model, options);
  std::cout << options.out << "\n";
  return context.report();
}

}  // namespace duet
