#pragma once

// Private to compiler/syntax: includes ANTLR.

#include <vector>

#include "compiler/syntax/input.h"

namespace duet::syntax {

/// Counts how deep the parser is in rules. Add it as a parse listener.
class DepthCounter : public antlr4::tree::ParseTreeListener {
 public:
  size_t depth() const { return depth_; }

  void enterEveryRule(antlr4::ParserRuleContext*) override { ++depth_; }
  void exitEveryRule(antlr4::ParserRuleContext*) override { --depth_; }
  void visitTerminal(antlr4::tree::TerminalNode*) override {}
  void visitErrorNode(antlr4::tree::ErrorNode*) override {}

 private:
  size_t depth_ = 0;
};

/// Reports syntax errors in our words and recovers by whole clauses: an error ends the innermost clause, statement or item,
/// and parsing goes on at the next line that does not belong to it, judged by its indentation.
class ErrorStrategy : public antlr4::DefaultErrorStrategy {
 public:
  ErrorStrategy(const Input& input, const DepthCounter& depth, Diagnostics& diagnostics)
      : input_(input), depth_(depth), diagnostics_(diagnostics) {}

  /// The token at which the first error was found; nullptr while there is none.
  const antlr4::Token* first_error() const { return first_error_; }

  void sync(antlr4::Parser* parser) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;

 private:
  void check_depth(antlr4::Parser* parser);
  void sync_body(antlr4::Parser* parser, const antlr4::misc::IntervalSet& expected);
  void skip_clause(antlr4::Parser* parser, const antlr4::Token* start, const antlr4::misc::IntervalSet& expected);
  void skip_item(antlr4::Parser* parser, const antlr4::Token* start);
  size_t indentation(const antlr4::Token* token) const;
  bool starts_item(const antlr4::Token* token) const;
  bool starts_flush_item(const antlr4::Token* token) const;
  void note_error(antlr4::Parser* parser, const antlr4::Token* token);
  void add_noted(antlr4::Parser* parser, antlr4::misc::IntervalSet& expected) const;
  antlr4::misc::IntervalSet expected_at(antlr4::Parser* parser, const antlr4::RecognitionException& error) const;

  const Input& input_;
  const DepthCounter& depth_;
  Diagnostics& diagnostics_;
  const antlr4::Token* first_error_ = nullptr;
  bool too_deep_ = false;
  size_t noted_index_ = static_cast<size_t>(-1);  // the token at which noted_states_ were passed
  std::vector<size_t> noted_states_;
};

}  // namespace duet::syntax
