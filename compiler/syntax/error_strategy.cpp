#include "compiler/syntax/error_strategy.h"

#include <array>

#include "compiler/syntax/error_words.h"

namespace duet::syntax {
namespace {

using antlr4::Parser;
using antlr4::Token;
using antlr4::misc::IntervalSet;
using duet_antlr::DuetParser;

// An expression in brackets takes five rules, a call seven, a block two.
constexpr size_t kMaxRules = 1400;

constexpr std::array<std::string_view, 12> kItemWords = {"use",     "robot",  "learner",   "model",     "planner",  "function",
                                                         "utility", "mirror", "potential", "algorithm", "settings", "experiment"};

bool is_text(const Token* token, std::string_view literal) { return token->getType() == literal_type(literal); }

const Token* current(Parser* parser) { return parser->getTokenStream()->LT(1); }

bool is_top_level(size_t rule) { return rule == DuetParser::RuleFile || rule == DuetParser::RuleReplEntry; }

}  // namespace

void ErrorStrategy::sync(Parser* parser) {
  check_depth(parser);
  const Token* token = current(parser);
  if (token->getTokenIndex() != noted_index_) {
    noted_index_ = token->getTokenIndex();
    noted_states_.clear();
  }
  noted_states_.push_back(parser->getState());
  if (!is_body(parser->getContext()->getRuleIndex())) return;
  const antlr4::atn::ATN& atn = parser->getATN();
  const IntervalSet& expected = atn.nextTokens(atn.states[parser->getState()]);
  if (!expected.contains(token->getType())) sync_body(parser, expected);
}

// A body that meets a token which can neither start an entry nor end the body reports it and looks for one that can.
void ErrorStrategy::sync_body(Parser* parser, const IntervalSet& expected) {
  antlr4::ParserRuleContext* context = parser->getContext();
  bool top = is_top_level(context->getRuleIndex());
  while (!expected.contains(current(parser)->getType())) {
    const Token* token = current(parser);
    if (token->getType() == Token::EOF || (!top && starts_flush_item(token))) return;  // the missing brace is reported next
    if (!inErrorRecoveryMode(parser)) {
      note_error(parser, token);
      IntervalSet all = expected;
      if (token->getTokenIndex() == noted_index_) add_noted(parser, all);
      report_failure(input_, {context, token, all}, diagnostics_);
    }
    if (top && is_text(token, "}")) {
      parser->consume();
    } else {
      skip_clause(parser, token, expected);
    }
  }
}

void ErrorStrategy::check_depth(Parser* parser) {
  if (depth_.depth() <= kMaxRules) return;
  if (!too_deep_) {
    const Token* token = current(parser);
    note_error(parser, token);
    diagnostics_.error("E0102", input_.span(token), "nested too deeply")
        .help("give the inner parts names, with `let`, `where` or a function");
  }
  too_deep_ = true;  // text like this is no program: the rest is not looked at
  parser->getTokenStream()->seek(input_.tokens().size() - 1);
  throw antlr4::InputMismatchException(parser);
}

void ErrorStrategy::note_error(Parser* parser, const Token* token) {
  beginErrorCondition(parser);
  if (!first_error_) first_error_ = token;
}

Token* ErrorStrategy::recoverInline(Parser* parser) { throw antlr4::InputMismatchException(parser); }

void ErrorStrategy::reportError(Parser* parser, const antlr4::RecognitionException& error) {
  if (inErrorRecoveryMode(parser)) return;
  const Token* token = error.getOffendingToken();
  note_error(parser, token);
  report_failure(input_, {parser->getContext(), token, expected_at(parser, error)}, diagnostics_);
}

// Everything that could have stood here: what the failing state asks for, what the loops left since the last token would
// have gone on with, and what a choice between alternatives was still open to.
IntervalSet ErrorStrategy::expected_at(Parser* parser, const antlr4::RecognitionException& error) const {
  const antlr4::atn::ATN& atn = parser->getATN();
  IntervalSet expected;
  const auto* no_choice = dynamic_cast<const antlr4::NoViableAltException*>(&error);
  bool far = no_choice && no_choice->getDeadEndConfigs() && no_choice->getStartToken() != error.getOffendingToken();
  if (far) {
    for (const auto& config : no_choice->getDeadEndConfigs()->configs) expected.addAll(atn.nextTokens(config->state));
  } else {
    expected.addAll(error.getExpectedTokens());
    if (error.getOffendingToken()->getTokenIndex() == noted_index_) add_noted(parser, expected);
  }
  expected.remove(static_cast<ssize_t>(Token::EPSILON));
  return expected;
}

// What the loops and options passed since the last token would have gone on with.
void ErrorStrategy::add_noted(Parser* parser, IntervalSet& expected) const {
  const antlr4::atn::ATN& atn = parser->getATN();
  for (size_t state : noted_states_) expected.addAll(atn.nextTokens(atn.states[state]));
  expected.remove(static_cast<ssize_t>(Token::EPSILON));
}

void ErrorStrategy::recover(Parser* parser, std::exception_ptr error) {
  antlr4::ParserRuleContext* context = parser->getContext();
  size_t rule = context->getRuleIndex();
  if (is_top_level(rule) || rule == DuetParser::RuleReplExpression) return;
  if (!is_entry(rule)) std::rethrow_exception(error);
  if (rule == DuetParser::RuleItem) {
    skip_item(parser, context->start);
  } else {
    const antlr4::atn::ATN& atn = parser->getATN();
    const auto* call = static_cast<antlr4::atn::RuleTransition*>(atn.states[context->invokingState]->transitions[0]);
    skip_clause(parser, context->start, atn.nextTokens(call->followState));
  }
}

size_t ErrorStrategy::indentation(const Token* token) const {
  while (!input_.starts_line(token)) token = input_.previous(token);
  return token->getCharPositionInLine();
}

bool ErrorStrategy::starts_item(const Token* token) const {
  for (std::string_view word : kItemWords) {
    if (is_text(token, word)) return input_.starts_line(token);
  }
  return false;
}

bool ErrorStrategy::starts_flush_item(const Token* token) const {
  return token->getCharPositionInLine() == 0 && starts_item(token);
}

void ErrorStrategy::skip_item(Parser* parser, const Token* start) {
  int braces = 0;
  for (;; parser->consume()) {
    const Token* token = current(parser);
    if (token->getType() == Token::EOF || (token != start && starts_flush_item(token))) return;
    if (braces == 0 && token != start && starts_item(token)) return;
    if (is_text(token, "{")) ++braces;
    if (is_text(token, "}") && --braces <= 0) {
      parser->consume();
      return;
    }
  }
}

// `expected` is what the body takes next: it tells a `;` between entries from one within.
void ErrorStrategy::skip_clause(Parser* parser, const Token* start, const IntervalSet& expected) {
  size_t indent = indentation(start);
  int braces = 0;
  int brackets = 0;
  for (;; parser->consume()) {
    const Token* token = current(parser);
    if (token->getType() == Token::EOF) return;
    if (token != start) {
      if (starts_flush_item(token)) return;
      if (braces == 0) {
        if (is_text(token, "}")) return;
        bool outside = input_.starts_line(token) && token->getCharPositionInLine() <= indent;
        bool next = is_text(token, ";") && brackets <= 0 && expected.contains(input_.next(token)->getType());
        if (outside || next) return endErrorCondition(parser);  // what is wrong from here on is news
      }
    }
    if (is_text(token, "{")) ++braces;
    if (is_text(token, "}")) --braces;
    if (is_text(token, "(") || is_text(token, "[")) ++brackets;
    if (is_text(token, ")") || is_text(token, "]")) --brackets;
  }
}

}  // namespace duet::syntax
