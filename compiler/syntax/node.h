#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/syntax/ast.h"

namespace duet::syntax {

/// Any part of a syntax tree in one shape, for printing: what it is, what it says, what is below it.
struct Node {
  std::string kind;                                ///< "minimize", "binary"
  std::string text;                                ///< a name, an operator, a literal; may be empty
  Span span;                                       ///< unknown for parts without one
  std::vector<std::pair<std::string, Node>> parts;  ///< with their roles: "loss", "over"

  Node(std::string kind, Span span, std::string text = {})
      : kind(std::move(kind)), text(std::move(text)), span(span) {}
  /// Adds a part below.
  void add(std::string role, Node part) { parts.emplace_back(std::move(role), std::move(part)); }
};

Node to_node(const ast::File& file);
Node to_node(const ast::Use& use);
Node to_node(const ast::Item& item);
Node to_node(const ast::Method& method);
Node to_node(const ast::PlannerClause& clause);
Node to_node(const ast::Rollout& rollout);
Node to_node(const ast::Statement& statement);
Node to_node(const ast::Block& block);
Node to_node(const ast::Binding& binding);
Node to_node(const ast::Parameter& parameter);
Node to_node(const ast::Axis& axis);
Node to_node(const ast::Range& range);
Node to_node(const ast::Name& name);
Node to_node(const ast::Argument& argument);
Node to_node(const ast::Selector& selector);
Node to_node(const ast::Expr& expr);

/// Adds every element of a list under the same role.
template <typename List>
void add_all(Node& node, const std::string& role, const List& list) {
  for (const auto& element : list) node.add(role, to_node(element));
}

/// Adds an expression if it is there.
inline void add_expr(Node& node, const std::string& role, const ast::ExprPtr& expr) {
  if (expr) node.add(role, to_node(*expr));
}

}  // namespace duet::syntax
