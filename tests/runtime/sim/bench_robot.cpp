#include "tests/runtime/sim/bench_robot.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "compiler/base/render.h"
#include "runtime/core/random.h"

namespace duet::test {

Robot::Robot(const std::string& name)
    : context_{{DUET_BUILD, DUET_ROOT, {root("algorithms"), root("robots")}},
               [](const std::string& mjcf) { return Model::load(mjcf)->facts(); },
               {},
               {},
               {}} {
  ScriptOptions options;
  options.file = name.ends_with(".duet") ? name : root("robots") + "/" + name + ".duet";
  script_ = load_script(options, context_);
  if (script_) compiled_ = compile(*script_, parse_settings({}, context_), {}, context_);
  if (!compiled_) throw std::runtime_error(render_text(context_.diagnostics, context_.sources, {}));
  model_ = Model::load(program().robot.mjcf);
}

std::vector<double> random_actions(const RobotProgram& robot, std::size_t rows, uint64_t tick) {
  constexpr double kUnlimited = 1e20;
  const auto width = static_cast<std::size_t>(robot.action);
  std::vector<double> actions(rows * width);
  fill_uniform({1, 1, tick}, 0, std::span(actions));
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t k = i % width;
    const double low = robot.low[k] > -kUnlimited ? robot.low[k] : -1;
    const double high = robot.high[k] < kUnlimited ? robot.high[k] : 1;
    actions[i] = low + (high - low) * actions[i];
  }
  return actions;
}

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> x) {
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
  return x[x.size() / 2];
}

}  // namespace duet::test
