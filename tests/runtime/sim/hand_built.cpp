#include "tests/runtime/sim/hand_built.h"

namespace duet::test {

ValueId RobotWriter::vector(const std::vector<double>& numbers, const std::string& axis) {
  return b.emit1(Op::values, {}, {Kind::real, {{axis, static_cast<int64_t>(numbers.size())}}}, next(),
                 {{"values", numbers}, {"axis", axis}});
}

ValueId RobotWriter::element_at(ValueId x, const std::string& axis, ValueId index) {
  const Type rest = b.type(x).without(axis);
  return b.emit1(Op::take, {x, index}, {rest.kind, *merge_axes(rest.axes, b.type(index).axes)}, next(),
                 {{"axis", axis}});
}

ValueId RobotWriter::join(const std::vector<ValueId>& parts) {
  std::vector<ValueId> renamed;
  int64_t size = 0;
  for (const ValueId part : parts) {
    const Type type = b.type(part);
    size += type.elements();
    renamed.push_back(type.scalar() || type.has("_") ? part : b.rename(part, type.axes[0].name, "_", next()));
  }
  return b.emit1(Op::concat, renamed, {Kind::real, {{"_", size}}}, next(), {{"axis", std::string("_")}});
}

ValueId RobotWriter::draw(const std::string& distribution, const std::vector<Axis>& axes, int64_t site) {
  return b.emit1(Op::noise, {}, {Kind::real, axes}, next(), {{"distribution", distribution}, {"site", site}});
}

namespace {

struct Sizes {
  int64_t nq, nv, nu, obs;
};

void set_sizes(Program& program, const std::string& name, int64_t frames, Sizes n) {
  program.robot.name = name;
  program.robot.frames = frames;
  program.robot.limit = 1000;
  program.robot.obs = n.obs;
  program.robot.action = n.nu;
}

RobotBlock fixed_reset(RobotWriter& w, const Start& start) {
  return w.end({w.vector(start.qpos, "qpos"), w.vector(start.qvel, "qvel")});
}

/// qpos = qpos0 + uniform(-bound, bound), qvel = bound * normal()
RobotBlock reset_block(RobotWriter& w, const Start& start, Sizes n, double bound) {
  w.begin();
  if (!start.qpos.empty()) return fixed_reset(w, start);
  const ValueId qpos0 = w.input("qpos0", {{"qpos", n.nq}});
  const ValueId shift = w.bin(Op::mul, w.number(2 * bound), w.draw("uniform", {{"qpos", n.nq}}, 1));
  const ValueId qpos = w.bin(Op::add, qpos0, w.bin(Op::add, w.number(-bound), shift));
  return w.end({qpos, w.bin(Op::mul, w.number(bound), w.draw("normal", {{"qvel", n.nv}}, 2))});
}

/// (qpos'[0] - qpos[0]) / dt
ValueId velocity(RobotWriter& w, Sizes n, double dt) {
  const ValueId now = w.element(w.input("qpos'", {{"qpos", n.nq}}), "qpos", 0);
  const ValueId before = w.element(w.input("qpos", {{"qpos", n.nq}}), "qpos", 0);
  return w.bin(Op::div, w.bin(Op::sub, now, before), w.number(dt));
}

ValueId control_cost(RobotWriter& w, Sizes n, double weight) {
  const ValueId action = w.input("action", {{"action", n.nu}});
  return w.bin(Op::mul, w.number(weight), w.sum(w.un(Op::square, action), "action"));
}

}  // namespace

Program with_start(Program program, const Start& start) {
  RobotWriter w(program);
  w.begin();
  program.robot.reset = fixed_reset(w, start);
  return program;
}

Program half_cheetah(const Start& start) {
  Program program;
  RobotWriter w(program);
  const Sizes n{9, 9, 6, 17};
  set_sizes(program, "half_cheetah", 5, n);
  w.begin();
  const ValueId qpos = w.input("qpos", {{"qpos", 9}}), qvel = w.input("qvel", {{"qvel", 9}});
  program.robot.observe = w.end({w.join({w.slice(qpos, "qpos", 1, 9), qvel})});
  w.begin();
  const ValueId speed = velocity(w, n, 0.05);
  program.robot.reward = w.end({w.bin(Op::sub, speed, control_cost(w, n, 0.1))});
  program.robot.reset = reset_block(w, start, n, 0.1);
  return program;
}

Program hopper(const Start& start) {
  Program program;
  RobotWriter w(program);
  const Sizes n{6, 6, 3, 11};
  set_sizes(program, "hopper", 4, n);
  w.begin();
  const ValueId qpos = w.input("qpos", {{"qpos", 6}}), qvel = w.input("qvel", {{"qvel", 6}});
  program.robot.observe = w.end({w.join({w.slice(qpos, "qpos", 1, 6), w.clip(qvel, -10, 10)})});
  w.begin();
  const ValueId speed = w.bin(Op::add, velocity(w, n, 0.008), w.number(1));
  program.robot.reward = w.end({w.bin(Op::sub, speed, control_cost(w, n, 1e-3))});
  w.begin();
  const ValueId q = w.input("qpos'", {{"qpos", 6}}), v = w.input("qvel'", {{"qvel", 6}});
  const ValueId rest = w.un(Op::abs, w.join({w.slice(q, "qpos", 2, 6), v}));
  const ValueId bounded = w.b.reduce(Op::min, w.bin(Op::less, rest, w.number(100)), {"_"}, w.next());
  const ValueId high = w.bin(Op::less, w.number(0.7), w.element(q, "qpos", 1));
  const ValueId upright = w.bin(Op::less, w.un(Op::abs, w.element(q, "qpos", 2)), w.number(0.2));
  const ValueId healthy = w.bin(Op::logical_and, w.bin(Op::logical_and, bounded, high), upright);
  program.robot.done = w.end({w.un(Op::logical_not, healthy)});
  program.robot.reset = reset_block(w, start, n, 0.005);
  return program;
}

Program inverted_double_pendulum(const Start& start) {
  Program program;
  RobotWriter w(program);
  const Sizes n{3, 3, 1, 11};
  set_sizes(program, "inverted_double_pendulum", 5, n);
  w.begin();
  const ValueId qpos = w.input("qpos", {{"qpos", 3}}), qvel = w.input("qvel", {{"qvel", 3}});
  const ValueId force = w.input("qfrc_constraint", {{"qvel", 3}});
  const ValueId angles = w.slice(qpos, "qpos", 1, 3);
  program.robot.observe = w.end({w.join({w.element(qpos, "qpos", 0), w.un(Op::sin, angles), w.un(Op::cos, angles),
                                         w.clip(qvel, -10, 10), w.clip(force, -10, 10)})});
  w.begin();
  const ValueId tip = w.element(w.input("site_xpos'", {{"site", 1}, {"xyz", 3}}), "site", 0);
  const ValueId v = w.input("qvel'", {{"qvel", 3}});
  const auto term = [&](double weight, ValueId x) { return w.bin(Op::mul, w.number(weight), w.un(Op::square, x)); };
  const ValueId height = w.bin(Op::sub, w.element(tip, "xyz", 2), w.number(2));
  const ValueId distance = w.bin(Op::add, term(0.01, w.element(tip, "xyz", 0)), term(1, height));
  const ValueId turning = w.bin(Op::add, term(1e-3, w.element(v, "qvel", 1)), term(5e-3, w.element(v, "qvel", 2)));
  program.robot.reward = w.end({w.bin(Op::sub, w.bin(Op::sub, w.number(10), distance), turning)});
  w.begin();
  const ValueId end = w.element(w.input("site_xpos'", {{"site", 1}, {"xyz", 3}}), "site", 0);
  program.robot.done = w.end({w.bin(Op::less_equal, w.element(end, "xyz", 2), w.number(1))});
  program.robot.reset = reset_block(w, start, n, 0.1);
  return program;
}

}  // namespace duet::test
