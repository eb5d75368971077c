#pragma once

// Private to compiler/syntax: includes ANTLR.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/syntax/ast.h"
#include "compiler/syntax/input.h"

namespace duet::syntax {

using Grammar = duet_antlr::DuetParser;

/// Turns ANTLR's parse tree into our syntax tree. Parts with a syntax error are left out; what the grammar cannot say
/// (a clause given twice, numbers too large, nesting too deep) is reported here.
class Builder {
 public:
  Builder(const Input& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {
    collect_comments();
  }

  ast::File file(Grammar::FileContext* context);

  void use(Grammar::UseDeclContext* context, std::vector<ast::Use>& uses);
  void item(Grammar::ItemContext* context, std::vector<ast::Item>& items);
  void declaration(Grammar::DeclarationContext* context, std::vector<ast::MemoryDecl>& memories,
                   std::vector<ast::Instance>& instances);
  void statement(Grammar::StatementContext* context, std::vector<ast::Statement>& statements);
  ast::ExprPtr scoped(Grammar::ScopedContext* context);

 private:
  // Items.
  ast::Robot robot(Grammar::RobotDefContext* context);
  void robot_clause(Grammar::RobotClauseContext* context, ast::Robot& robot);
  bool several_times(Grammar::RobotClauseContext* context, ast::Robot& robot);
  ast::ModelEdit model_edit(Grammar::ModelEditContext* context);
  ast::Module module(Grammar::ModuleDefContext* context);
  void module_clause(Grammar::ModuleClauseContext* context, ast::Module& module);
  ast::Function function(Grammar::FunctionDefContext* context);
  ast::Algorithm algorithm(Grammar::AlgorithmDefContext* context);
  ast::Settings settings(Grammar::SettingsDefContext* context);
  ast::Setting setting(Grammar::SettingContext* context);
  ast::Experiment experiment(Grammar::ExperimentDefContext* context);
  ast::Expectation expectation(Grammar::ExpectClauseContext* context);
  ast::Range numbers(Grammar::ExprContext* context);  // `1..3`, or one number
  ast::Method method(Grammar::MethodContext* context);

  // Planners.
  ast::Planner planner(Grammar::PlannerDefContext* context);
  void planner_clause(Grammar::PlannerClauseContext* context, ast::Planner& planner);
  ast::Draw draw(Grammar::DrawClauseContext* context);
  ast::MirrorStep mirror_step(Grammar::MirrorStepContext* context);
  ast::Act act(Grammar::ActClauseContext* context);
  ast::Rollout rollout(Grammar::RolloutContext* context);

  // Statements, bindings and the like.
  ast::Block block(Grammar::BlockContext* context);
  ast::Binding binding(Grammar::BindingContext* context);
  std::vector<ast::Binding> bindings(Grammar::BindingsContext* context);
  std::vector<ast::Parameter> parameters(Grammar::ParametersContext* context);
  std::vector<ast::Axis> axes(Grammar::AxesContext* context);  // none for null
  std::vector<ast::Name> names(Grammar::NamesContext* context);
  ast::Name name(Grammar::NameContext* context);

  // Expressions.
  ast::ExprPtr expr(Grammar::ExprContext* context);
  ast::ExprPtr simple(Grammar::SimpleContext* context);
  ast::ExprPtr flat(Grammar::FlatContext* context);
  ast::ExprPtr operand(Grammar::OperandContext* context);
  ast::ExprPtr primary(Grammar::PrimaryContext* context);
  ast::ExprPtr lambda(Grammar::NameExprContext* context);
  ast::ExprPtr suffix(ast::ExprPtr base, Grammar::SuffixContext* context);
  ast::Range range(Grammar::RangeContext* context);
  ast::Selector selector(Grammar::SelectorContext* context);
  ast::Argument argument(Grammar::ArgumentContext* context, bool keyword);
  std::vector<ast::Argument> arguments(Grammar::ArgumentsContext* context);
  ast::ExprPtr number(const antlr4::Token* token);
  std::string string_value(const antlr4::Token* token);
  ast::Name name_before(ast::ExprPtr value, const antlr4::Token* symbol, std::string_view what);

  /// Sets the height of a new expression; gives it up, with an error, when it is too high.
  ast::ExprPtr finish(ast::ExprPtr expr);

  // Duplicates and documentation.
  void once(std::string_view clause, const antlr4::Token* keyword);
  void collect_comments();
  std::string doc_above(const antlr4::Token* token) const;

  Span span(const antlr4::Token* token) const { return input_.span(token); }
  Span span(const antlr4::ParserRuleContext* context) const { return input_.span(context); }

  const Input& input_;
  Diagnostics& diagnostics_;
  std::vector<ast::Comment> comments_;
  std::unordered_map<size_t, size_t> comment_of_line_;  // comments alone on their lines
  std::unordered_map<std::string, Span> given_;         // clauses of the item being built
  bool too_deep_ = false;                               // reported
};

}  // namespace duet::syntax
