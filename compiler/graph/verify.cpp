#include "compiler/graph/verify.h"

#include <set>

#include "compiler/graph/checker.h"
#include "compiler/graph/schema.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

/// What a block may do: nodes of robots only compute, and a derivative cannot be taken through an effect.
struct Allowed {
  bool reads = true;
  bool effects = true;
  bool draws = true;
};

bool reads_only(Op op) {
  switch (op) {
    case Op::load:
    case Op::counter:
    case Op::memory_size:
    case Op::sample:
    case Op::sample_starts:
    case Op::rows:
    case Op::split:
    case Op::gather:
      return true;
    default:
      return false;
  }
}

bool makes_unknown_sizes(Op op) {
  return op == Op::rows || op == Op::split || op == Op::gather;
}

bool has_unknown_size(const Type& type) {
  return type.elements() == kUnknownSize;
}

class Verifier {
 public:
  Verifier(const Program& program, const VerifyOptions& options)
      : program_(program), options_(options), made_(program.values.size()), visible_(program.values.size()) {}

  std::vector<std::string> run() {
    states();
    memories();
    for (size_t id = 0; id < program_.values.size(); ++id)
      type(program_.values[id].type, "value " + value_text(program_, static_cast<ValueId>(id)));
    robot();
    if (!program_.main.parameters.empty()) fail("main", "has parameters");
    block(program_.main, "main", {});
    return std::move(findings_);
  }

 private:
  void fail(const std::string& place, const std::string& message) { findings_.push_back(place + ": " + message); }

  bool known(ValueId id) const { return has_value(program_, id); }

  // --- declarations ---
  void states() {
    std::set<std::string> names;
    for (size_t i = 0; i < program_.states.size(); ++i) {
      const State& state = program_.states[i];
      const std::string place = "state " + std::to_string(i);
      if (!names.insert(state.name).second) fail(place, "the name " + name_text(state.name) + " is taken");
      type(state.type, place);
      if (options_.sizes_known && has_unknown_size(state.type)) fail(place, "has a size that is not known");
      if (state.initial.kind == Initial::Kind::copy) copy(i, place);
    }
  }

  void copy(size_t i, const std::string& place) {
    const State& state = program_.states[i];
    const int64_t source = state.initial.source;
    if (source < 0 || source >= static_cast<int64_t>(i))
      fail(place, "copies state " + std::to_string(source) + ", which does not come before it");
    else if (!same_type(state.type, program_.states[static_cast<size_t>(source)].type))
      fail(place, "copies state " + std::to_string(source) + ", which has another type");
  }

  void memories() {
    std::set<std::string> names;
    for (size_t i = 0; i < program_.memories.size(); ++i) {
      const MemoryInfo& memory = program_.memories[i];
      const std::string place = "memory " + std::to_string(i);
      if (!names.insert(memory.name).second) fail(place, "the name " + name_text(memory.name) + " is taken");
      if (memory.capacity < 1) fail(place, "the capacity must be at least 1");
    }
  }

  void type(const Type& type, const std::string& place) {
    std::set<std::string> names;
    for (const Axis& axis : type.axes) {
      if (axis.name.empty()) fail(place, "an axis has no name");
      if (!names.insert(axis.name).second) fail(place, "has the axis " + name_text(axis.name) + " twice");
      if (axis.size < kUnknownSize) fail(place, "axis " + name_text(axis.name) + " has a negative size");
    }
  }

  // --- robots ---
  void robot() {
    const RobotProgram& robot = program_.robot;
    if (robot.frames < 1) fail("robot", "frames must be at least 1");
    if (robot.limit < 0) fail("robot", "limit must not be negative");
    if (robot.low.size() != robot.high.size()) fail("robot", "low and high differ in length");
    if (robot.action != kUnknownSize && !robot.low.empty() && static_cast<int64_t>(robot.low.size()) != robot.action)
      fail("robot", "low and high need one number per action");
    if (robot.settle < 0) fail("robot", "settle must not be negative");
    robot_block(robot.randomize, "randomize", robot.drawn.size(), true);
    robot_block(robot.edit, "edit", robot.edits.size(), false);
    robot_block(robot.start, "start", robot.variables.size(), true);
    robot_block(robot.before, "before", robot.before_variables.size(), true);
    robot_block(robot.control, "control", 1, false);
    robot_block(robot.after, "after", robot.after_variables.size(), true);
    for (const auto* changed : {&robot.before_variables, &robot.after_variables})
      for (const int64_t i : *changed)
        if (i < 0 || i >= static_cast<int64_t>(robot.variables.size())) fail("robot", "changes a variable it lacks");
    robot_block(robot.observe, "observe", 1, true);
    robot_block(robot.reward, "reward", 1, false);
    robot_block(robot.done, "done", 1, false);
    robot_block(robot.truncate, "truncate", 1, false);
    robot_block(robot.reset, "reset", robot.reset.block.results.size() == 3 ? 3 : 2, true);
    if (robot.observe.block.results.size() == 1 && known(robot.observe.block.results[0]))
      observation(program_.type(robot.observe.block.results[0]));
    for (const auto* part : {&robot.reward, &robot.done, &robot.truncate})
      if (part->block.results.size() == 1 && known(part->block.results[0]) &&
          !program_.type(part->block.results[0]).scalar())
        fail("robot", "reward, done and truncate are scalars");
  }

  void observation(const Type& type) {
    if (type.axes.size() != 1 || !sizes_agree(type.axes[0].size, program_.robot.obs))
      fail("robot/observe", "is " + type_text(type) + " but should be one axis of the size of obs");
  }

  void robot_block(const RobotBlock& part, const std::string& name, size_t results, bool draws) {
    const Block& block = part.block;
    const std::string place = "robot/" + name;
    if (part.inputs.size() != block.parameters.size()) fail(place, "needs the name of a quantity for each parameter");
    if (block.parameters.empty() && block.nodes.empty() && block.results.empty()) return;
    if (block.results.size() != results)
      fail(place, "has " + std::to_string(block.results.size()) + " results instead of " + std::to_string(results));
    this->block(block, place, {false, false, draws});
  }

  // --- blocks and nodes ---
  void define(ValueId id, const std::string& place, std::vector<ValueId>& opened) {
    if (!known(id)) return fail(place, "there is no value " + value_text(program_, id));
    const auto i = static_cast<size_t>(id);
    if (made_[i]) return fail(place, value_text(program_, id) + " is made twice");
    made_[i] = visible_[i] = true;
    opened.push_back(id);
  }

  bool use(ValueId id, const std::string& place) {
    if (!known(id)) {
      fail(place, "there is no value " + value_text(program_, id));
      return false;
    }
    if (!visible_[static_cast<size_t>(id)])
      fail(place, value_text(program_, id) + (made_[static_cast<size_t>(id)] ? " is made in a block that has ended"
                                                                             : " is used before it is made"));
    return true;
  }

  /// Values of the block can be seen until it ends.
  void block(const Block& block, const std::string& place, Allowed allowed) {
    std::vector<ValueId> opened;
    for (const ValueId id : block.parameters) define(id, place, opened);
    for (size_t i = 0; i < block.nodes.size(); ++i)
      node(block.nodes[i], place + '/' + std::to_string(i) + ' ' + std::string(info(block.nodes[i].op).name), allowed,
           opened);
    for (const ValueId id : block.results) use(id, place + " yield");
    for (const ValueId id : opened) visible_[static_cast<size_t>(id)] = false;
  }

  void node(const Node& node, const std::string& place, Allowed allowed, std::vector<ValueId>& opened) {
    bool whole = true;
    for (const ValueId id : node.inputs) whole = use(id, place) && whole;
    check_allowed(node, place, allowed);
    const Allowed inside = allowed_inside(node.op, allowed);
    for (size_t i = 0; i < node.blocks.size(); ++i) {
      block(node.blocks[i], node.blocks.size() == 1 ? place : place + " block " + std::to_string(i), inside);
      for (const ValueId id : node.blocks[i].parameters) whole = whole && known(id);
      for (const ValueId id : node.blocks[i].results) whole = whole && known(id);
    }
    for (const ValueId id : node.results) {
      define(id, place, opened);
      whole = whole && known(id);
    }
    if (!fits_schema(node, place) || !whole) return;
    if (options_.sizes_known) sizes(node, place);
    rule(node, place);
  }

  void check_allowed(const Node& node, const std::string& place, Allowed allowed) {
    const OpGroup group = info(node.op).group;
    if (group == OpGroup::random && !allowed.draws) fail(place, "random draws are not allowed here");
    if (group != OpGroup::effect) return;
    if (!reads_only(node.op) && !allowed.effects) fail(place, "effects are not allowed here");
    if (reads_only(node.op) && !allowed.reads) fail(place, "states and memories cannot be read here");
  }

  static Allowed allowed_inside(Op op, Allowed allowed) {
    if (op == Op::gradient || op == Op::group || op == Op::minimize) allowed.effects = false;
    return allowed;
  }

  bool count(size_t n, Count wanted, const std::string& place, const char* what) {
    if (wanted.allows(n)) return true;
    std::string text = std::to_string(wanted.least);
    if (wanted.most == Count::kMany) text = "at least " + text;
    if (wanted.most != Count::kMany && wanted.most != wanted.least) text += " to " + std::to_string(wanted.most);
    fail(place, "has " + std::to_string(n) + ' ' + what + " instead of " + text);
    return false;
  }

  bool fits_schema(const Node& node, const std::string& place) {
    const Schema& wanted = schema(node.op);
    bool fits = count(node.inputs.size(), wanted.inputs, place, "inputs");
    fits = count(node.results.size(), wanted.results, place, "results") && fits;
    fits = count(node.blocks.size(), wanted.blocks, place, "blocks") && fits;
    for (const AttributeRule& rule : wanted.attributes) fits = attribute(node, rule, place) && fits;
    for (const auto& [key, value] : node.attributes) {
      bool listed = false;
      for (const AttributeRule& rule : wanted.attributes) listed = listed || rule.key == key;
      if (!listed) fail(place, "has no attribute `" + key + "`");
    }
    return fits;
  }

  bool attribute(const Node& node, const AttributeRule& rule, const std::string& place) {
    const auto it = node.attributes.find(std::string(rule.key));
    if (it == node.attributes.end()) {
      if (rule.required) fail(place, "lacks the attribute `" + std::string(rule.key) + "`");
      return !rule.required;
    }
    if (kind_of(it->second) == rule.kind) return true;
    fail(place, "attribute `" + it->first + "` is " + std::string(name_of(kind_of(it->second))) + " but should be " +
                    std::string(name_of(rule.kind)));
    return false;
  }

  /// A size may stay open only if it comes from data: from an input, or from a block.
  void sizes(const Node& node, const std::string& place) {
    if (makes_unknown_sizes(node.op)) return;
    bool open = false;
    for (const ValueId id : node.inputs) open = open || has_unknown_size(program_.type(id));
    for (const Block& block : node.blocks)
      for (const ValueId id : block.results) open = open || has_unknown_size(program_.type(id));
    for (const ValueId id : node.results)
      if (!open && has_unknown_size(program_.type(id)))
        fail(place, value_text(program_, id) + " has a size that is not known");
  }

  void rule(const Node& node, const std::string& place) {
    Checker check(program_, node, place, findings_);
    switch (info(node.op).group) {
      case OpGroup::unary:
      case OpGroup::binary:
      case OpGroup::reduce:
        return check_element(check);
      case OpGroup::shape:
        return check_shape(check);
      case OpGroup::random:
      case OpGroup::network:
        return check_network(check);
      case OpGroup::control:
        return check_control(check);
      case OpGroup::effect:
        return check_data(check);
    }
  }

  const Program& program_;
  const VerifyOptions& options_;
  std::vector<bool> made_, visible_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> verify(const Program& program, const VerifyOptions& options) {
  return Verifier(program, options).run();
}

}  // namespace duet
