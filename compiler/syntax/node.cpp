#include "compiler/syntax/node.h"

namespace duet::syntax {
namespace {

const char* name_of(ast::ExprKind kind) {
  switch (kind) {
    case ast::ExprKind::number: return "number";
    case ast::ExprKind::boolean: return "boolean";
    case ast::ExprKind::string: return "string";
    case ast::ExprKind::name: return "name";
    case ast::ExprKind::unary: return "unary";
    case ast::ExprKind::binary: return "binary";
    case ast::ExprKind::field: return "field";
    case ast::ExprKind::index: return "index";
    case ast::ExprKind::call: return "call";
    case ast::ExprKind::list: return "list";
    case ast::ExprKind::tuple: return "tuple";
    case ast::ExprKind::range: return "range";
    case ast::ExprKind::conditional: return "conditional";
    case ast::ExprKind::along: return "along";
    case ast::ExprKind::where: return "where";
    case ast::ExprKind::lambda: return "lambda";
  }
  return "expression";
}

const char* role_of_child(ast::ExprKind kind, size_t index) {
  constexpr const char* kBranches[] = {"if", "then", "else"};
  constexpr const char* kEnds[] = {"from", "to"};
  switch (kind) {
    case ast::ExprKind::conditional: return kBranches[index];
    case ast::ExprKind::range: return kEnds[index];
    case ast::ExprKind::call: return "function";
    case ast::ExprKind::along: return index == 0 ? "of" : "along";
    case ast::ExprKind::where: return "value";
    default: return "";
  }
}

struct StatementNode {
  Span span;

  Node operator()(const ast::Let& s) const {
    Node node("let", span);
    node.add("", to_node(s.binding));
    return node;
  }
  Node operator()(const ast::Minimize& s) const {
    Node node("minimize", span);
    add_expr(node, "loss", s.loss);
    add_all(node, "over", s.over);
    add_expr(node, "with", s.optimizer);
    return node;
  }
  Node operator()(const ast::Track& s) const {
    Node node("track", span);
    add_all(node, "", s.names);
    return node;
  }
  Node operator()(const ast::Assign& s) const {
    Node node("assign", span, s.op);
    node.add("to", to_node(s.name));
    add_expr(node, "value", s.value);
    return node;
  }
  Node operator()(const ast::Return& s) const {
    Node node("return", span);
    add_expr(node, "", s.value);
    return node;
  }
  Node operator()(const ast::Log& s) const {
    Node node("log", span, s.metric);
    add_expr(node, "", s.value);
    return node;
  }
  Node operator()(const ast::Renormalize& s) const {
    Node node("normalize", span);
    add_all(node, "", s.names);
    add_expr(node, "from", s.data);
    return node;
  }
  Node operator()(const ast::Split& s) const {
    Node node("split", span);
    node.add("data", to_node(s.data));
    node.add("train", to_node(s.train));
    node.add("holdout", to_node(s.holdout));
    add_expr(node, "fraction", s.fraction);
    return node;
  }
  Node operator()(const ast::Until& s) const {
    Node node("until", span);
    add_expr(node, "value", s.value);
    add_expr(node, "patience", s.patience);
    add_expr(node, "threshold", s.threshold);
    node.add("body", to_node(s.body));
    return node;
  }
  Node operator()(const ast::EachBatch& s) const {
    Node node("each batch", span);
    node.add("batch", to_node(s.batch));
    add_expr(node, "size", s.size);
    node.add("from", to_node(s.data));
    if (s.shuffled_by) node.add("shuffled by", to_node(*s.shuffled_by));
    node.add("body", to_node(s.body));
    return node;
  }
  Node operator()(const ast::Loop& s) const {
    Node node("loop", span);
    node.add("body", to_node(s.body));
    return node;
  }
  Node operator()(const ast::Every& s) const {
    Node node("every", span);
    add_expr(node, "steps", s.steps);
    node.add("body", to_node(s.body));
    return node;
  }
  Node operator()(const ast::Repeat& s) const {
    Node node("repeat", span);
    add_expr(node, "count", s.count);
    node.add("body", to_node(s.body));
    return node;
  }
  Node operator()(const ast::WarmUp& s) const {
    Node node("warm up", span);
    add_expr(node, "steps", s.steps);
    add_expr(node, "with", s.actor);
    node.add("into", to_node(s.memory));
    return node;
  }
  Node operator()(const ast::Interact& s) const {
    Node node("interact", span);
    add_expr(node, "with", s.actor);
    node.add("into", to_node(s.memory));
    return node;
  }
  Node operator()(const ast::Fit& s) const {
    Node node("fit", span);
    node.add("model", to_node(s.model));
    node.add("on", to_node(s.memory));
    return node;
  }
  Node operator()(const ast::Update& s) const {
    Node node("update", span);
    node.add("learner", to_node(s.learner));
    add_expr(node, "on", s.data);
    return node;
  }
  Node operator()(const ast::Record& s) const {
    Node node("record", span);
    node.add("planner", to_node(s.planner));
    add_expr(node, "starts", s.starts);
    node.add("in", to_node(s.source));
    node.add("into", to_node(s.memory));
    return node;
  }
  Node operator()(const ast::Evaluate& s) const {
    Node node("evaluate", span);
    add_expr(node, "actor", s.actor);
    add_expr(node, "episodes", s.episodes);
    return node;
  }
};

}  // namespace

Node to_node(const ast::Argument& argument) {
  constexpr const char* kKinds[] = {"positional", "named", "weighted"};
  Node node(kKinds[static_cast<int>(argument.kind)], argument.span, argument.name.text);
  if (argument.keyword) node.kind += " keyword";
  add_expr(node, "", argument.value);
  return node;
}

Node to_node(const ast::Selector& selector) {
  Node node("selector", selector.span);
  if (selector.index) node.add("index", to_node(*selector.index));
  if (selector.axis) node.add("axis", to_node(*selector.axis));
  if (!selector.index) node.add("", to_node(selector.range));
  return node;
}

Node to_node(const ast::Expr& expr) {
  Node node(name_of(expr.kind), expr.span, expr.text);
  if (expr.kind == ast::ExprKind::boolean) node.text = expr.number != 0 ? "true" : "false";
  for (size_t i = 0; i < expr.children.size(); ++i) add_expr(node, role_of_child(expr.kind, i), expr.children[i]);
  add_all(node, "argument", expr.arguments);
  add_all(node, "", expr.selectors);
  add_all(node, "", expr.bindings);
  return node;
}

Node to_node(const ast::Name& name) { return Node("name", name.span, name.text); }

Node to_node(const ast::Axis& axis) {
  Node node("axis", axis.span, axis.name.text);
  add_expr(node, "size", axis.size);
  return node;
}

Node to_node(const ast::Parameter& parameter) {
  Node node(parameter.keyword ? "parameter keyword" : "parameter", parameter.span, parameter.name.text);
  add_all(node, "", parameter.axes);
  add_expr(node, "default", parameter.default_value);
  return node;
}

Node to_node(const ast::Binding& binding) {
  Node node(binding.is_function ? "function" : "binding", binding.span, binding.draws ? "~" : "=");
  add_all(node, "", binding.names);
  add_all(node, "", binding.axes);
  add_all(node, "", binding.parameters);
  add_expr(node, "value", binding.value);
  return node;
}

Node to_node(const ast::Range& range) {
  if (!range.is_range) return to_node(*range.from);
  Node node("range", range.span);
  add_expr(node, "from", range.from);
  add_expr(node, "to", range.to);
  return node;
}

Node to_node(const ast::Block& block) {
  Node node("block", block.span);
  add_all(node, "", block.statements);
  return node;
}

Node to_node(const ast::Statement& statement) { return std::visit(StatementNode{statement.span}, statement.as); }

}  // namespace duet::syntax
