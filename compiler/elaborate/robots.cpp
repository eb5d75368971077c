#include <algorithm>
#include <limits>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "runtime/sim/tape_ops.h"

namespace duet {

namespace {

/// The quantities of the simulator that scripts may name, with the axes of their rows and columns.
struct QuantityAxes {
  const char* name;
  const char* row;
  const char* column;
};
constexpr QuantityAxes kQuantities[] = {{"qpos", "qpos", ""},
                                        {"qpos0", "qpos", ""},
                                        {"qvel", "qvel", ""},
                                        {"qacc", "qvel", ""},
                                        {"ctrl", "ctrl", ""},
                                        {"qfrc_actuator", "qvel", ""},
                                        {"qfrc_constraint", "qvel", ""},
                                        {"sensordata", "sensordata", ""},
                                        {"xpos", "body", "xyz"},
                                        {"xquat", "body", "quat"},
                                        {"xipos", "body", "xyz"},
                                        {"site_xpos", "site", "xyz"},
                                        {"geom_xpos", "geom", "xyz"},
                                        {"subtree_com", "body", "xyz"},
                                        {"cvel", "body", "column"},
                                        {"cinert", "body", "column"},
                                        {"cfrc_ext", "body", "column"},
                                        {"time", "", ""}};

const QuantityAxes* find_quantity(const std::string& name) {
  for (const QuantityAxes& quantity : kQuantities)
    if (name == quantity.name) return &quantity;
  return nullptr;
}

std::string without_prime(const std::string& name) {
  return !name.empty() && name.back() == '\'' ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

/// A quantity of the simulator, the action or the observation, as an input of the block being elaborated.
std::optional<Thing> Elaborator::robot_quantity(const std::string& name, Span span) {
  RobotFrame& frame = *robot_frame_;
  const std::string base = without_prime(name);
  const bool prime = base != name;
  Type type;
  if (base == "obs" || base == "action") {
    if (frame.kind != FrameKind::step || (base == "action" && prime)) return std::nullopt;
    type.axes = {{base, base == "obs" ? program_.robot.obs : program_.robot.action}};
  } else if (const QuantityAxes* quantity = find_quantity(base)) {
    if (prime && frame.kind != FrameKind::step)
      fail(error("E0509", span, "`" + name + "` is a value after a step; here there is no step")
               .help("write `" + base + "`"));
    if (frame.kind == FrameKind::reset && base != "qpos0") return std::nullopt;
    int64_t rows = kUnknownSize, columns = std::string(quantity->column) == "xyz"    ? 3
                                           : std::string(quantity->column) == "quat" ? 4
                                                                                     : kUnknownSize;
    if (facts_) {
      if (base == "qpos0") rows = facts_->nq;
      for (const QuantityFact& fact : facts_->quantities)
        if (fact.name == base) {
          rows = fact.rows;
          columns = fact.cols;
        }
    }
    if (*quantity->row) type.axes.push_back({quantity->row, rows});
    if (*quantity->column) type.axes.push_back({quantity->column, columns});
  } else {
    return std::nullopt;
  }
  if (const auto it = frame.inputs.find(name); it != frame.inputs.end()) return Tensor{it->second};
  const ValueId id = builder_.parameter(type, name);
  frame.inputs[name] = id;
  frame.order.push_back(name);
  return Tensor{id};
}

RobotBlock Elaborator::robot_block(FrameKind kind, const std::function<std::vector<ValueId>()>& body) {
  RobotFrame frame{kind, {}, {}};
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
  for (const Node& node : block.block.nodes) refuse_unfit(node);
  return block;
}

/// Reports what the simulator cannot evaluate.
void Elaborator::refuse_unfit(const Node& node) {
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

void Elaborator::robot(const ast::Item& item, const ModelFacts* facts, const std::string& mjcf_path) {
  const auto& script = std::get<ast::Robot>(item.as);
  robot_ = &script;
  facts_ = facts;
  RobotProgram& robot = program_.robot;
  robot.name = script.name.text;
  robot.mjcf = mjcf_path;
  robot.action = facts ? facts->nu : kUnknownSize;
  if (facts)
    for (const ActuatorFact& actuator : facts->actuators) {
      robot.low.push_back(actuator.limited ? actuator.low : -1e30);
      robot.high.push_back(actuator.limited ? actuator.high : 1e30);
    }
  top_->bind_axis({"action", robot.action});
  robot_scope_ = nested(top_);
  const auto safely = [&](const auto& action) {
    try {
      action();
    } catch (const Failed&) {
    }
  };
  for (const ast::Method& method : script.methods) {
    const auto function = function_of(method, method.name.text, robot_scope_);
    robot_scope_->bind(method.name.text, std::shared_ptr<const Function>(function), method.name.span);
  }
  if (!script.mjcf)
    error("E0510", item.span, "robot `" + robot.name + "` names no model file")
        .help("add `mjcf \"" + robot.name + ".xml\"`");
  if (!script.observe)
    error("E0510", item.span, "robot `" + robot.name + "` observes nothing").help("add `observe [qpos, qvel]`");
  if (!script.reward) error("E0510", item.span, "robot `" + robot.name + "` has no reward").help("add `reward ...`");
  safely([&] {
    if (script.frames) robot.frames = steps_of(*script.frames, robot_scope_, "the number of physics steps");
  });
  safely([&] {
    if (script.limit) robot.limit = steps_of(*script.limit, robot_scope_, "the limit of an episode");
  });
  const double dt =
      facts ? facts->timestep * static_cast<double>(robot.frames) : std::numeric_limits<double>::quiet_NaN();
  robot_scope_->bind("dt", Number{dt});

  const auto scalar_block = [&](const ast::ExprPtr& expr, const std::string& what) {
    return robot_block(FrameKind::step, [&] {
      const ValueId id = scalar(*expr, robot_scope_, what);
      return std::vector<ValueId>{id};
    });
  };
  safely([&] {
    if (!script.observe) return;
    robot.observe = robot_block(FrameKind::now, [&] {
      ValueId id = tensor(*script.observe, robot_scope_);
      const auto axis = vector_axis(builder_.type(id));
      if (!axis || builder_.type(id).axes.size() != 1)
        fail(
            error("E0312", script.observe->span, "an observation must be a vector").here(to_string(builder_.type(id))));
      if (*axis != "obs") id = builder_.rename(id, *axis, "obs", script.observe->span);
      robot.obs = builder_.type(id).axes[0].size;
      return std::vector<ValueId>{id};
    });
  });
  top_->bind_axis({"obs", robot.obs});
  safely([&] {
    if (script.reward) robot.reward = scalar_block(script.reward, "a reward");
  });
  safely([&] {
    if (script.done) robot.done = scalar_block(script.done, "`done`");
  });
  safely([&] {
    if (script.truncate) robot.truncate = scalar_block(script.truncate, "`truncate`");
  });
  safely([&] { robot.reset = reset_block(script); });
  // What planners ask of the robot is checked even if no algorithm of this run asks.
  for (const ast::Method& method : script.methods) {
    if (method.name.text != "objective" && method.name.text != "fallen") continue;
    safely([&] {
      if (method.parameters.size() != 3)
        fail(error("E0511", method.name.span, "`" + method.name.text + "` takes (obs, action, obs')"));
      OpenBlock open(builder_);
      CallArguments args;
      for (const char* axis : {"obs", "action", "obs"})
        args.positional.push_back({Tensor{builder_.parameter({Kind::real, {{axis, *top_->axis(axis)}}})}, method.span});
      const Thing result = call_function(
          *std::get<std::shared_ptr<const Function>>(*robot_scope_->find(method.name.text)), args, method.span);
      check_scalar(tensor(result, method.span), method.span, "what `" + method.name.text + "` gives");
    });
  }
}

RobotBlock Elaborator::reset_block(const ast::Robot& script) {
  in_reset_ = true;
  struct Restore {
    bool& flag;
    ~Restore() { flag = false; }
  } restore{in_reset_};
  return robot_block(FrameKind::reset, [&] {
    std::vector<ValueId> results;
    for (const char* name : {"qpos", "qvel"}) {
      const bool position = std::string(name) == "qpos";
      const Axis axis{name, facts_ ? (position ? facts_->nq : facts_->nv) : kUnknownSize};
      reset_axes_ = {axis};
      const ast::Binding* given = nullptr;
      for (const ast::Binding& binding : script.reset)
        if (binding.names[0].text == name) given = &binding;
      ValueId value;
      if (given) {
        value = tensor(*given->value, robot_scope_);
        if (builder_.type(value).axes.empty()) value = builder_.expand(value, {axis}, given->span);
        value = as_vector(value, axis, given->value->span, std::string("the start of `") + name + "`");
      } else {
        value = position ? std::get<Tensor>(*robot_quantity("qpos0", {})).id
                         : builder_.expand(builder_.constant(0, {}), {axis}, {});
      }
      results.push_back(value);
    }
    for (const ast::Binding& binding : script.reset)
      if (binding.names[0].text != "qpos" && binding.names[0].text != "qvel")
        error("E0512", binding.names[0].span, "a reset sets `qpos` and `qvel`, not `" + binding.names[0].text + "`")
            .help(did_you_mean(binding.names[0].text, {"qpos", "qvel"}));
    return results;
  });
}

}  // namespace duet
