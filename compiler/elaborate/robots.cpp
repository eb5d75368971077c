#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/elaborate/elaborator.h"
#include "compiler/elaborate/quantities.h"
#include "runtime/sim/tape_ops.h"

/// A robot as a whole, and what its blocks have in common. The single clauses are in robot_parts.cpp.
namespace duet {

namespace {

/// How to make one vector of a value that has axes of things.
std::string flattening(const Type& type) {
  std::string axes;
  for (const Axis& axis : type.axes) axes += (axes.empty() ? "" : ", ") + axis.name;
  return type.axes.empty() ? "" : "`flatten[" + axes + "](...)` lays the elements along its axes end to end";
}

}  // namespace

void Elaborator::safely(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failed&) {
  }
}

RobotBlock Elaborator::robot_block(FrameKind kind, const std::function<std::vector<ValueId>()>& body) {
  RobotFrame frame{kind, {}, {}, {}};
  RobotFrame* outer = robot_frame_;
  robot_frame_ = &frame;
  struct Restore {
    RobotFrame*& frame;
    RobotFrame* old;
    ~Restore() { frame = old; }
  } restore{robot_frame_, outer};
  OpenBlock open(builder_);
  builder_.block().results = body();
  RobotBlock block{open.close(), frame.order};
  for (const Node& node : block.block.nodes) refuse_unfit(node, kind);
  return block;
}

/// Reports what the simulator cannot evaluate, and draws where there must be none.
void Elaborator::refuse_unfit(const Node& node, FrameKind kind) {
  const bool drawn = node.op == Op::noise || node.op == Op::categorical;
  const bool draws = kind != FrameKind::set && kind != FrameKind::control && kind != FrameKind::step;
  if (drawn && !draws)
    fail(error("E0519", node.span, "nothing can be drawn here")
             .help("a robot draws in `randomize`, `reset`, `observe` and the values of its `var`s"));
  if (fits_tape(node)) return;
  if (node.op == Op::noise)
    fail(error("E0513", node.span, "a robot cannot draw from `" + node.text("distribution") + "`")
             .help("`uniform(low, high)` and `normal()` are there"));
  fail(error("E0513", node.span, "a robot's script cannot use `" + std::string(info(node.op).name) + "`"));
}

void Elaborator::stand_in_robot() {
  program_.robot.obs = program_.robot.action = kUnknownSize;
  top_->bind_axis({"obs", kUnknownSize});
  top_->bind_axis({"action", kUnknownSize});
}

void Elaborator::robot(const ast::Item& item, const ModelFacts* facts, const std::string& mjcf_path,
                       std::vector<Setting>& settings) {
  robot_ = robot_script(std::get<ast::Robot>(item.as), library_, diagnostics_);
  facts_ = facts;
  const ast::Robot& own = robot_->own();
  RobotProgram& robot = program_.robot;
  robot.name = own.name.text;
  robot.mjcf = mjcf_path;
  robot_scope_ = nested(top_);
  for (const char* axis : {"qpos", "qvel", "ctrl"})
    robot_scope_->bind_axis({axis, facts ? named_axis_size(axis, *facts) : kUnknownSize});
  robot_parameters(settings);
  for (const ast::Method* method : robot_->methods)
    robot_scope_->bind(method->name.text,
                       std::shared_ptr<const Function>(function_of(*method, method->name.text, robot_scope_)),
                       method->name.span);
  if (robot_->whole) require_clauses(item.span);
  robot_timing();
  robot_action();

  const auto scalar_block = [&](RobotBlock& block, const ast::Expr* expr, const std::string& what) {
    if (!expr) return;
    safely([&] {
      block = robot_block(FrameKind::step, [&] {
        const ValueId id = scalar(*expr, robot_scope_, what);
        return std::vector<ValueId>{id};
      });
    });
  };
  order_variables();
  randomize();
  set_constants();
  safely([&] { reset_block(); });
  start_variables();
  safely([&] {
    if (!robot_->observe) return;
    robot.observe = robot_block(FrameKind::now, [&] {
      ValueId id = tensor(*robot_->observe, robot_scope_);
      const auto axis = vector_axis(builder_.type(id));
      if (!axis || builder_.type(id).axes.size() != 1)
        fail(error("E0312", robot_->observe->span, "an observation must be a vector")
                 .here(to_string(builder_.type(id)))
                 .help(flattening(builder_.type(id))));
      if (*axis != "obs") id = builder_.rename(id, *axis, "obs", robot_->observe->span);
      robot.obs = builder_.type(id).axes[0].size;
      return std::vector<ValueId>{id};
    });
  });
  top_->bind_axis({"obs", robot.obs});
  change_variables(true);
  safely([&] { control(); });
  change_variables(false);
  scalar_block(robot.reward, robot_->reward, "a reward");
  scalar_block(robot.done, robot_->done, "`done`");
  scalar_block(robot.truncate, robot_->truncate, "`truncate`");
  robot_functions();
}

std::vector<std::string> Elaborator::robot_settings() const {
  std::vector<std::string> keys;
  if (robot_)
    for (const RobotScript::Parameter& parameter : robot_->parameters)
      keys.push_back("robot." + parameter.declared->name.text);
  return keys;
}

void Elaborator::require_clauses(Span span) {
  const std::string who = "robot `" + program_.robot.name + "`";
  if (!robot_->mjcf)
    error("E0510", span, who + " names no model file").help("add `mjcf \"" + program_.robot.name + ".xml\"`");
  if (!robot_->observe) error("E0510", span, who + " observes nothing").help("add `observe [qpos, qvel]`");
  if (!robot_->reward) error("E0510", span, who + " has no reward").help("add `reward ...`");
}

/// Binds the parameters: what the command line sets, else what `extends` gives, else the default.
void Elaborator::robot_parameters(std::vector<Setting>& settings) {
  OpenBlock scratch(builder_);
  for (const RobotScript::Parameter& parameter : robot_->parameters) {
    const ast::Name& name = parameter.declared->name;
    robot_scope_->bind(name.text, Poison{}, name.span);
    const ast::Expr* value = parameter.value;
    for (Setting& setting : settings) {
      if (setting.key != "robot." + name.text) continue;
      setting.used = true;
      value = setting.value;
    }
    safely([&] {
      if (!value)
        fail(error("E0341", name.span, "parameter `" + name.text + "` has no value")
                 .help("give it a default, or `--set robot." + name.text + "=...`"));
      const Thing thing = evaluate(*value, robot_scope_);
      const auto* list = std::get_if<std::shared_ptr<const List>>(&thing);
      ParameterValue known{name.text, {}, list != nullptr};
      const auto add = [&](const Thing& each) {
        const auto* number = std::get_if<Number>(&each);
        if (number) known.numbers.push_back(number->value);
        return number != nullptr;
      };
      if (!(list ? std::all_of((*list)->items.begin(), (*list)->items.end(), add) : add(thing)))
        fail(error("E0308", value->span,
                   "`" + name.text + "` must be a number or a list of numbers known before the run, found " +
                       kind_name(thing)));
      robot_scope_->bind(name.text, thing, name.span);
      parameter_values_.push_back(std::move(known));
    });
  }
}

void Elaborator::robot_timing() {
  RobotProgram& robot = program_.robot;
  safely([&] {
    if (robot_->frames) robot.frames = steps_of(*robot_->frames, robot_scope_, "the number of physics steps");
  });
  safely([&] {
    if (robot_->limit) robot.limit = steps_of(*robot_->limit, robot_scope_, "the limit of an episode");
  });
  safely([&] {
    if (robot_->settle) robot.settle = whole(*robot_->settle, robot_scope_, "the number of physics steps to settle");
  });
  const double dt =
      facts_ ? facts_->timestep * static_cast<double>(robot.frames) : std::numeric_limits<double>::quiet_NaN();
  robot_scope_->bind("dt", Number{dt});
}

/// What planners ask of the robot is checked even if no algorithm of this run asks.
void Elaborator::robot_functions() {
  for (const ast::Method* method : robot_->methods) {
    if (method->name.text != "objective" && method->name.text != "fallen") continue;
    safely([&] {
      if (method->parameters.size() != 3)
        fail(error("E0511", method->name.span, "`" + method->name.text + "` takes (obs, action, obs')"));
      OpenBlock open(builder_);
      CallArguments args;
      for (const char* axis : {"obs", "action", "obs"})
        args.positional.push_back(
            {Tensor{builder_.parameter({Kind::real, {{axis, *top_->axis(axis)}}})}, method->span});
      const Thing result = call_function(
          *std::get<std::shared_ptr<const Function>>(*robot_scope_->find(method->name.text)), args, method->span);
      check_scalar(tensor(result, method->span), method->span, "what `" + method->name.text + "` gives");
    });
  }
}

}  // namespace duet
