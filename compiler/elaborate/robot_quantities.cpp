#include <algorithm>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/elaborate/quantities.h"

/// What the names in a robot's clauses mean, and the names of the parts of its model.
namespace duet {

namespace {

std::string without_prime(const std::string& name) {
  return !name.empty() && name.back() == '\'' ? name.substr(0, name.size() - 1) : name;
}

int64_t columns_of(const std::string& axis) {
  return axis == "xyz" ? 3 : axis == "quat" ? 4 : kUnknownSize;
}

}  // namespace

const std::vector<RobotQuantity>& robot_quantities() {
  static const std::vector<RobotQuantity> table = {{"qpos", "qpos"},
                                                   {"qvel", "qvel"},
                                                   {"qacc", "qvel"},
                                                   {"act", "act"},
                                                   {"ctrl", "ctrl"},
                                                   {"time"},
                                                   {"ncon"},
                                                   {"sensordata", "sensordata"},
                                                   {"qfrc_actuator", "qvel"},
                                                   {"qfrc_constraint", "qvel"},
                                                   {"qfrc_passive", "qvel"},
                                                   {"qfrc_bias", "qvel"},
                                                   {"actuator_force", "ctrl"},
                                                   {"actuator_length", "ctrl"},
                                                   {"actuator_velocity", "ctrl"},
                                                   {"ten_length", "tendon"},
                                                   {"ten_velocity", "tendon"},
                                                   {"xpos", "body", "xyz"},
                                                   {"xquat", "body", "quat"},
                                                   {"xmat", "body", "column"},
                                                   {"xipos", "body", "xyz"},
                                                   {"subtree_com", "body", "xyz"},
                                                   {"cinert", "body", "column"},
                                                   {"cvel", "body", "column"},
                                                   {"cacc", "body", "column"},
                                                   {"cfrc_int", "body", "column"},
                                                   {"cfrc_ext", "body", "column"},
                                                   {"geom_xpos", "geom", "xyz"},
                                                   {"geom_xmat", "geom", "column"},
                                                   {"site_xpos", "site", "xyz"},
                                                   {"site_xmat", "site", "column"},
                                                   {"xvelp", "body", "xyz"},
                                                   {"xvelr", "body", "xyz"},
                                                   {"site_xvelp", "site", "xyz"},
                                                   {"site_xvelr", "site", "xyz"},
                                                   {"xanchor", "joint", "xyz"},
                                                   {"xaxis", "joint", "xyz"},
                                                   {"contact_force", "geom", "other"},
                                                   {"qpos0", "qpos", "", Constant::fixed},
                                                   {"body_mass", "body", "", Constant::settable},
                                                   {"body_inertia", "body", "xyz", Constant::settable},
                                                   {"body_pos", "body", "xyz", Constant::settable},
                                                   {"body_quat", "body", "quat", Constant::settable},
                                                   {"body_ipos", "body", "xyz", Constant::settable},
                                                   {"geom_friction", "geom", "column", Constant::settable},
                                                   {"geom_pos", "geom", "xyz", Constant::settable},
                                                   {"geom_quat", "geom", "quat", Constant::settable},
                                                   {"geom_size", "geom", "column", Constant::fixed},
                                                   {"site_pos", "site", "xyz", Constant::settable},
                                                   {"site_quat", "site", "quat", Constant::settable},
                                                   {"tendon_stiffness", "tendon", "", Constant::settable},
                                                   {"tendon_damping", "tendon", "", Constant::settable},
                                                   {"actuator_dynprm", "ctrl", "column", Constant::settable},
                                                   {"dof_damping", "qvel", "", Constant::settable},
                                                   {"dof_armature", "qvel", "", Constant::settable},
                                                   {"dof_frictionloss", "qvel", "", Constant::settable},
                                                   {"jnt_range", "joint", "column", Constant::settable},
                                                   {"jnt_stiffness", "joint", "", Constant::settable},
                                                   {"actuator_gainprm", "ctrl", "column", Constant::settable},
                                                   {"actuator_biasprm", "ctrl", "column", Constant::settable},
                                                   {"actuator_forcerange", "ctrl", "column", Constant::settable},
                                                   {"actuator_ctrlrange", "ctrl", "column", Constant::settable},
                                                   {"actuator_gear", "ctrl", "column", Constant::settable},
                                                   {"gravity", "xyz", "", Constant::settable},
                                                   {"numeric", "numeric", "", Constant::settable},
                                                   {"key_qpos", "key", "qpos", Constant::fixed},
                                                   {"key_qvel", "key", "qvel", Constant::fixed}};
  return table;
}

const RobotQuantity* find_quantity(const std::string& name) {
  for (const RobotQuantity& quantity : robot_quantities())
    if (name == quantity.name) return &quantity;
  return nullptr;
}

Type type_of(const RobotQuantity& quantity, const ModelFacts* facts) {
  int64_t rows = quantity.row == std::string("xyz") ? 3 : kUnknownSize, columns = columns_of(quantity.column);
  if (facts) {
    if (quantity.name == std::string("qpos0")) rows = facts->nq;
    for (const QuantityFact& fact : facts->quantities)
      if (fact.name == quantity.name) {
        rows = fact.rows;
        columns = fact.cols;
      }
  }
  Type type;
  if (*quantity.row) type.axes.push_back({quantity.row, rows});
  if (*quantity.column) type.axes.push_back({quantity.column, columns});
  return type;
}

/// A quantity of the simulator, a name of the robot's own, the action or the observation, as an input of the block
/// being elaborated; nothing if the name is none of these.
std::optional<Thing> Elaborator::robot_quantity(const std::string& name, Span span) {
  RobotFrame& frame = *robot_frame_;
  if (const auto it = frame.made.find(name); it != frame.made.end()) return Tensor{it->second};
  const std::string base = without_prime(name);
  const bool prime = base != name;
  std::optional<Type> type = robot_name(name, base, prime, span);
  if (!type) type = quantity_type(base, prime, span);
  if (!type) return std::nullopt;
  if (const auto it = frame.inputs.find(name); it != frame.inputs.end()) return Tensor{it->second};
  const ValueId id = builder_.parameter(*type, name);
  frame.inputs[name] = id;
  frame.order.push_back(name);
  return Tensor{id};
}

/// What could be meant by `name` in a robot's clause: quantities and names of its own, with a prime if it has one.
void Elaborator::names_in_robots(const std::string& name, std::vector<std::string>& known) const {
  const std::string prime = without_prime(name) == name ? "" : "'";
  for (const RobotQuantity& quantity : robot_quantities())
    if (prime.empty() || quantity.constant == Constant::no) known.push_back(quantity.name + prime);
  for (const auto& [own, meaning] : robot_names_)
    if (prime.empty() || meaning.variable) known.push_back(own + prime);
}

/// The type of a number of the episode or a variable; reports where it has no value yet.
std::optional<Type> Elaborator::robot_name(const std::string& name, const std::string& base, bool prime, Span span) {
  const auto it = robot_names_.find(base);
  if (it == robot_names_.end()) return std::nullopt;
  const RobotName& own = it->second;
  const FrameKind kind = robot_frame_->kind;
  const auto unknown = [&](const std::string& why) {
    fail(error("E0515", span, "`" + name + "` is not known yet").label(own.span, "declared here").help(why));
  };
  if (!own.variable) {
    if (prime)
      fail(error("E0509", span, "`" + base + "` does not change during an episode").help("write `" + base + "`"));
    if (kind == FrameKind::draw) unknown("numbers of the episode are drawn in the order of the script");
    return own.type;
  }
  switch (kind) {
    case FrameKind::draw:
    case FrameKind::set:
    case FrameKind::reset:
      unknown("variables get their first values when the episode has started");
      break;
    case FrameKind::start:
      unknown("variables get their first values in the order of the script");
      break;
    case FrameKind::now:
      if (prime) fail(error("E0509", span, "`" + name + "` is a value after a step; here there is no step"));
      break;
    case FrameKind::before:
      if (prime) unknown("variables are computed in the order of the script");
      break;
    case FrameKind::control:
      if (prime && !own.before) unknown("this variable is computed after the physics of the step");
      break;
    case FrameKind::after:
      if (prime && !own.before) unknown("variables are computed in the order of the script");
      break;
    case FrameKind::step:
      break;
  }
  return own.type;
}

/// The type of a quantity of the simulator, the action or the observation where they have a value.
std::optional<Type> Elaborator::quantity_type(const std::string& base, bool prime, Span span) {
  const FrameKind kind = robot_frame_->kind;
  const bool after = kind == FrameKind::after || kind == FrameKind::step;
  const bool before = after || kind == FrameKind::before || kind == FrameKind::control;
  const auto no_step = [&] {
    fail(error("E0509", span, "`" + base + "'` is a value after a step; here there is no step")
             .help("write `" + base + "`"));
  };
  if (base == "obs" || base == "action") {
    if (!before || (base == "action" && prime)) return std::nullopt;
    if (prime && !after) no_step();
    return Type{Kind::real, {{base, base == "obs" ? program_.robot.obs : program_.robot.action}}};
  }
  const RobotQuantity* quantity = find_quantity(base);
  if (!quantity) return std::nullopt;
  if (prime && quantity->constant != Constant::no)
    fail(error("E0509", span, "`" + base + "` does not change during an episode").help("write `" + base + "`"));
  if (prime && !after) no_step();
  const bool any = before || kind == FrameKind::now || kind == FrameKind::start;
  if (!any && quantity->constant == Constant::no)
    fail(error("E0515", span, "`" + base + "` is not known before the episode has started")
             .help("constants of the model are, such as `qpos0` and `body_mass`"));
  return type_of(*quantity, facts_);
}

Elaborator::NamedPart Elaborator::named_part(const std::string& axis, const std::string& name, Span span) {
  std::vector<std::string> known;
  std::optional<NamedPart> part;
  bool nothing = true;
  const auto look = [&](const auto& facts, auto place) {
    nothing = facts.empty();
    for (const auto& fact : facts) {
      if (fact.name.empty()) continue;
      known.push_back(fact.name);
      if (fact.name == name && !part) part = place(fact);
    }
  };
  const auto row = [](const auto& fact) { return NamedPart{fact.id, 0}; };
  const auto slots = [](const auto& fact) { return NamedPart{fact.address, fact.size}; };
  const auto place_in = [](const auto& list) {
    return [&list](const auto& fact) { return NamedPart{&fact - list.data(), 0}; };
  };
  const char* kind = "part";
  if (axis == "body") look(facts_->bodies, row), kind = "body";
  if (axis == "geom" || axis == "other") look(facts_->geoms, row), kind = "geom";
  if (axis == "site") look(facts_->sites, row), kind = "site";
  if (axis == "key") look(facts_->keyframes, row), kind = "keyframe";
  if (axis == "tendon") look(facts_->tendons, row), kind = "tendon";
  if (axis == "act") look(facts_->activations, row), kind = "actuator with an activation";
  if (axis == "joint") look(facts_->joints, place_in(facts_->joints)), kind = "joint";
  if (axis == "ctrl") look(facts_->actuators, place_in(facts_->actuators)), kind = "actuator";
  if (axis == "sensordata") look(facts_->sensors, slots), kind = "sensor";
  if (axis == "numeric") look(facts_->numerics, slots), kind = "custom number";
  if (axis == "qpos")
    look(facts_->joints, [](const JointFact& j) { return NamedPart{j.qpos_address, j.qpos_size}; }), kind = "joint";
  if (axis == "qvel")
    look(facts_->joints, [](const JointFact& j) { return NamedPart{j.dof_address, j.dof_size}; }), kind = "joint";
  if (part) return *part;
  auto report = error("E0507", span, std::string("the model has no ") + kind + " `" + name + "`");
  if (nothing) fail(report.help(std::string("there is no ") + kind + " in it"));
  if (known.empty()) fail(report.help(std::string("no ") + kind + " of it has a name; count them, from 0"));
  constexpr std::size_t kListed = 12;
  std::string list;
  for (std::size_t i = 0; i < std::min(known.size(), kListed); ++i) list += (i ? ", " : "") + known[i];
  if (known.size() > kListed) list += " and " + std::to_string(known.size() - kListed) + " more";
  fail(report.help(nearest(name, known) ? did_you_mean(name, known) : "it has " + list));
}

/// `site_xpos["tip"]`, `qpos["slider"]`, `sensordata["touch"]`: parts of a quantity by the name in the model.
ValueId Elaborator::select_named(ValueId x, const std::string& name, Span span) {
  if (!robot_frame_) fail(error("E0506", span, "names of bodies, joints and sensors can only be used in a robot"));
  const Type type = builder_.type(x);
  const auto it =
      std::find_if(type.axes.begin(), type.axes.end(), [](const Axis& axis) { return is_named_axis(axis.name); });
  if (it == type.axes.end())
    fail(error("E0506", span, "the parts of this have no names").here(to_string(type)).help("index it with a number"));
  const Axis axis = *it;
  if (!facts_) throw Failed{};  // nothing can be said without the model
  if (axis.size != named_axis_size(axis.name, *facts_))
    fail(error("E0506", span, "this is only a piece of axis `" + axis.name + "`; its parts are numbered, not named")
             .here(to_string(type)));
  const NamedPart part = named_part(axis.name, name, span);
  if (part.count <= 1)
    return builder_.emit1(Op::take, {x, builder_.constant(static_cast<double>(part.at), span)}, type.without(axis.name),
                          span, {{"axis", axis.name}});
  const ValueId piece = builder_.slice(x, axis.name, part.at, part.at + part.count, span);
  return is_vector_axis(axis.name) ? builder_.rename(piece, axis.name, "_", span) : piece;
}

bool is_named_axis(const std::string& axis) {
  static const std::set<std::string> names = {"body", "geom",       "other",   "site", "tendon", "act", "joint",
                                              "ctrl", "sensordata", "numeric", "qpos", "qvel",   "key"};
  return names.count(axis) > 0;
}

int64_t named_axis_size(const std::string& axis, const ModelFacts& facts) {
  const auto size = [](const auto& list) { return static_cast<int64_t>(list.size()); };
  const auto slots = [](const std::vector<SensorFact>& list) {
    int64_t total = 0;
    for (const SensorFact& fact : list) total += fact.size;
    return total;
  };
  if (axis == "body") return size(facts.bodies);
  if (axis == "geom" || axis == "other") return size(facts.geoms);
  if (axis == "site") return size(facts.sites);
  if (axis == "tendon") return size(facts.tendons);
  if (axis == "key") return size(facts.keyframes);
  if (axis == "joint") return size(facts.joints);
  if (axis == "sensordata") return slots(facts.sensors);
  if (axis == "numeric") return slots(facts.numerics);
  if (axis == "act") return facts.na;
  if (axis == "ctrl") return facts.nu;
  if (axis == "qpos") return facts.nq;
  return facts.nv;
}

}  // namespace duet
