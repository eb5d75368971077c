#include "compiler/syntax/node.h"

namespace duet::syntax {
namespace {

struct MemberNode {
  Node operator()(const ast::Net& m) const {
    Node node("net", m.span, m.name.text);
    add_all(node, "", m.axes);
    add_all(node, "input", m.inputs);
    add_expr(node, "output", m.output);
    add_expr(node, "body", m.body);
    return node;
  }
  Node operator()(const ast::Slow& m) const {
    Node node("slow", m.span, m.name.text);
    node.add("of", to_node(m.source));
    add_expr(node, "rate", m.rate);
    return node;
  }
  Node operator()(const ast::Variable& m) const {
    Node node("var", m.span, m.name.text);
    add_all(node, "", m.axes);
    add_expr(node, "initial", m.initial);
    return node;
  }
  Node operator()(const ast::Normalize& m) const {
    Node node("normalize", m.span);
    add_all(node, "", m.names);
    return node;
  }
  Node operator()(const ast::Method& m) const { return to_node(m); }
};

struct ClauseNode {
  Span span;

  Node operator()(const ast::Theta& c) const {
    Node node("theta", span);
    for (const ast::Theta::Part& part : c.parts) {
      Node inner("theta part", part.name.span, part.name.text);
      add_all(inner, "", part.axes);
      node.add("", std::move(inner));
    }
    return node;
  }
  Node operator()(const ast::Start& c) const { return with_bindings("start", c.bindings); }
  Node operator()(const ast::Shift& c) const { return with_bindings("shift", c.bindings); }
  Node operator()(const ast::Keep& c) const { return with_bindings("keep", c.bindings); }
  Node operator()(const ast::Let& c) const { return with_binding("let", c.binding); }
  Node operator()(const ast::Score& c) const { return with_binding("score", c.binding); }
  Node operator()(const ast::Weigh& c) const { return with_binding("weigh", c.binding); }
  Node operator()(const ast::Iterate& c) const {
    Node node("repeat", span);
    add_expr(node, "count", c.count);
    return node;
  }
  Node operator()(const ast::Precision& c) const {
    Node node("precision", span);
    add_expr(node, "name", c.name);
    return node;
  }
  Node operator()(const ast::Draw& c) const {
    Node node("draw", span, c.name.text);
    add_all(node, "", c.axes);
    add_expr(node, "from", c.distribution);
    if (c.within) node.add("within", to_node(*c.within));
    for (const ast::ExprPtr& more : c.more) add_expr(node, "more", more);
    return node;
  }
  Node operator()(const ast::Mirror& c) const {
    Node node("mirror", span);
    add_expr(node, "map", c.call);
    add_expr(node, "step", c.step);
    if (!c.on) return node;
    constexpr const char* kDirections[] = {"score", "pathwise", "down"};
    add_all(node, "on", c.on->moved);
    add_expr(node, "within", c.on->within);
    add_expr(node, "step", c.on->size);
    node.add("", Node(kDirections[static_cast<int>(c.on->direction)], c.on->direction_span));
    add_expr(node, "gradient", c.on->gradient);
    return node;
  }
  Node operator()(const ast::Act& c) const { return to_node(c.method); }
  Node operator()(const ast::RolloutClause& c) const { return with_rollout("rollout", c.rollout); }
  Node operator()(const ast::RecordRollout& c) const { return with_rollout("record", c.rollout); }

 private:
  Node with_bindings(const char* kind, const std::vector<ast::Binding>& bindings) const {
    Node node(kind, span);
    add_all(node, "", bindings);
    return node;
  }
  Node with_binding(const char* kind, const ast::Binding& binding) const {
    Node node(kind, span);
    node.add("", to_node(binding));
    return node;
  }
  Node with_rollout(const char* kind, const ast::Rollout& rollout) const {
    Node node(kind, span);
    node.add("", to_node(rollout));
    return node;
  }
};

struct ItemNode {
  Span span;

  Node operator()(const ast::Robot& item) const {
    Node node("robot", span, item.name.text);
    add_all(node, "", item.parameters);
    if (item.base) {
      Node base("extends", item.base->name.span, item.base->name.text);
      add_all(base, "", item.base->arguments);
      node.add("", std::move(base));
    }
    if (item.mjcf) node.add("mjcf", Node("string", item.mjcf->span, item.mjcf->text));
    add_expr(node, "frames", item.frames);
    add_expr(node, "limit", item.limit);
    add_expr(node, "settle", item.settle);
    if (item.action) node.add("", action(*item.action));
    if (item.control) add_expr(node, item.control->each_frame ? "control each frame" : "control", item.control->value);
    add_all(node, "randomize", item.randomize);
    for (const ast::ModelEdit& edit : item.edits) node.add("", set(edit));
    for (const ast::RobotVariable& variable : item.variables) node.add("", var(variable));
    add_expr(node, "observe", item.observe);
    add_expr(node, "reward", item.reward);
    add_expr(node, "done", item.done);
    add_expr(node, "truncate", item.truncate);
    if (item.reset) {
      add_all(node, "reset", item.reset->bindings);
      add_expr(node, "until", item.reset->until);
      add_all(node, "where", item.reset->where);
    }
    add_all(node, "", item.methods);
    return node;
  }
  Node operator()(const ast::Module& item) const {
    Node node(item.role == ast::ModuleRole::model ? "model" : "learner", span, item.name.text);
    add_all(node, "", item.parameters);
    for (const auto& member : item.members) node.add("", std::visit(MemberNode{}, member));
    return node;
  }
  Node operator()(const ast::Planner& item) const {
    Node node("planner", span, item.name.text);
    add_all(node, "", item.parameters);
    add_all(node, "", item.clauses);
    return node;
  }
  Node operator()(const ast::Function& item) const {
    Node node = to_node(item.method);
    node.kind = item.role == ast::FunctionRole::utility     ? "utility"
                : item.role == ast::FunctionRole::mirror    ? "mirror"
                : item.role == ast::FunctionRole::potential ? "potential"
                                                            : "function";
    node.span = span;
    return node;
  }
  Node operator()(const ast::Algorithm& item) const {
    constexpr const char* kKinds[] = {"model", "learner", "planner"};
    Node node("algorithm", span, item.name.text);
    add_all(node, "", item.parameters);
    for (const ast::MemoryDecl& memory : item.memories) {
      Node inner("memory", memory.name.span, memory.name.text);
      add_expr(inner, "capacity", memory.capacity);
      node.add("", std::move(inner));
    }
    for (const ast::Instance& instance : item.instances) {
      Node inner(kKinds[static_cast<int>(instance.kind)], instance.name.span, instance.name.text);
      add_expr(inner, "value", instance.value);
      node.add("", std::move(inner));
    }
    add_all(node, "", item.body.statements);
    return node;
  }
  Node operator()(const ast::Experiment& item) const {
    Node node("experiment", span, item.name.text);
    for (const ast::Experiment::Run& run : item.runs) {
      Node inner("run", run.span);
      add_all(inner, "algorithm", run.algorithms);
      add_all(inner, "on", run.robots);
      add_expr(inner, "steps", run.steps);
      node.add("", std::move(inner));
    }
    add_all(node, "seeds", item.seeds);
    for (const ast::Setting& setting : item.fixed) node.add("set", setting_node(setting));
    for (const ast::Setting& setting : item.varied) node.add("vary", setting_node(setting));
    for (const ast::Expectation& expectation : item.expectations) node.add("expect", expectation_node(expectation));
    return node;
  }
  Node operator()(const ast::Settings& item) const {
    Node node("settings", span, item.algorithm.text);
    add_all(node, "on", item.robots);
    for (const ast::Setting& setting : item.entries) node.add("", setting_node(setting));
    return node;
  }

 private:
  static Node setting_node(const ast::Setting& setting) {
    Node node("setting", setting.key.span, setting.key.text);
    add_expr(node, "value", setting.value);
    return node;
  }
  static Node expectation_node(const ast::Expectation& expectation) {
    Node node("metric", expectation.span, expectation.metric.text);
    if (expectation.algorithm) node.add("of", to_node(*expectation.algorithm));
    if (expectation.robot) node.add("on", to_node(*expectation.robot));
    for (const ast::Setting& setting : expectation.settings) node.add("with", setting_node(setting));
    add_expr(node, "steps", expectation.steps);
    node.add("in", to_node(expectation.band));
    return node;
  }
  static Node action(const ast::ActionClause& clause) {
    Node node("action", clause.span);
    add_expr(node, "size", clause.size);
    add_expr(node, "within", clause.limits);
    if (clause.outside) node.add("outside", to_node(*clause.outside));
    return node;
  }
  static Node set(const ast::ModelEdit& edit) {
    Node node("set", edit.span, edit.quantity.text);
    add_all(node, "at", edit.selectors);
    add_expr(node, "value", edit.value);
    return node;
  }
  static Node var(const ast::RobotVariable& variable) {
    Node node("var", variable.span, variable.name.text);
    add_all(node, "", variable.axes);
    add_expr(node, "initial", variable.initial);
    add_expr(node, "then", variable.next);
    return node;
  }
};

}  // namespace

Node to_node(const ast::File& file) {
  Node node("file", Span{});
  add_all(node, "", file.uses);
  add_all(node, "", file.items);
  return node;
}

Node to_node(const ast::Use& use) {
  std::string path;
  for (const ast::Name& part : use.path) path += (path.empty() ? "" : ".") + part.text;
  return Node(use.file ? "use file" : "use", use.span, use.file ? use.file->text : path);
}

Node to_node(const ast::Item& item) {
  Node node = std::visit(ItemNode{item.span}, item.as);
  if (!item.doc.empty()) node.parts.emplace(node.parts.begin(), "", Node("doc", Span{}, item.doc));
  return node;
}

Node to_node(const ast::Method& method) {
  Node node(method.draws ? "method ~" : "method", method.span, method.name.text);
  add_all(node, "", method.parameters);
  add_expr(node, "value", method.value);
  if (method.body) node.add("body", to_node(*method.body));
  return node;
}

Node to_node(const ast::PlannerClause& clause) {
  return std::visit(ClauseNode{clause.span}, clause.as);
}

Node to_node(const ast::Rollout& rollout) {
  Node node("rollout steps", rollout.span, rollout.axis.text);
  add_all(node, "initial", rollout.initial);
  if (rollout.part) node.add("part", to_node(*rollout.part));
  for (const auto& step : rollout.steps) {
    if (const auto* binding = std::get_if<ast::Binding>(&step)) {
      node.add("step", to_node(*binding));
      continue;
    }
    const auto& store = std::get<ast::Store>(step);
    Node inner("store", store.span);
    add_expr(inner, "transition", store.transition);
    add_expr(inner, "if", store.condition);
    node.add("step", std::move(inner));
  }
  return node;
}

}  // namespace duet::syntax
