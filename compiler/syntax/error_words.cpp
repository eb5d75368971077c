#include "compiler/syntax/error_words.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "compiler/base/suggest.h"

namespace duet::syntax {
namespace {

using antlr4::Token;
using duet_antlr::DuetLexer;
using duet_antlr::DuetParser;

constexpr size_t kListed = 6;     // expected things named in one message
constexpr size_t kQuoted = 40;    // bytes of the user's text shown

/// What the entries of a body are called, and what the body is.
struct BodyWords {
  std::string_view entry;
  std::string_view body;
};

BodyWords words_of(size_t rule) {
  switch (rule) {
    case DuetParser::RuleRobotDef:
    case DuetParser::RuleRobotClause:
      return {"clause", "a robot"};
    case DuetParser::RuleModuleDef:
    case DuetParser::RuleModuleClause:
      return {"clause", "a learner or a model"};
    case DuetParser::RulePlannerDef:
    case DuetParser::RulePlannerClause:
      return {"clause", "a planner"};
    case DuetParser::RuleSettingsDef:
    case DuetParser::RuleSettingsEntry:
      return {"setting", "settings"};
    case DuetParser::RuleExperimentDef:
    case DuetParser::RuleExperimentClause:
      return {"clause", "an experiment"};
    case DuetParser::RuleAlgorithmDef:
    case DuetParser::RuleDeclaration:
      return {"statement", "an algorithm"};
    case DuetParser::RuleFile:
    case DuetParser::RuleItem:
    case DuetParser::RuleUseDecl:
      return {"item", "a file"};
    default:
      return {"statement", "a block"};
  }
}

bool is_word(std::string_view text) { return !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'); }

std::string in_ticks(std::string_view text) {
  if (text.size() > kQuoted) {
    size_t cut = kQuoted;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    return "`" + std::string(text.substr(0, cut)) + "...`";
  }
  return "`" + std::string(text) + "`";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

// The keywords with which a rule can start, collected from the grammar; names that are spelled like a keyword do not count.
void collect_words(const antlr4::atn::ATNState* state, std::set<size_t>& seen, std::vector<std::string>& words) {
  if (!seen.insert(state->stateNumber).second) return;
  for (const antlr4::atn::Transition* transition : state->transitions) {
    if (const auto* call = dynamic_cast<const antlr4::atn::RuleTransition*>(transition)) {
      if (call->target->ruleIndex != DuetParser::RuleName) collect_words(call->target, seen, words);
    } else if (transition->isEpsilon()) {
      collect_words(transition->target, seen, words);
    } else {
      for (ssize_t type : transition->label().toList()) {
        std::string text(literal_text(static_cast<size_t>(type)));
        if (is_word(text)) words.push_back(text);
      }
    }
  }
}

const antlr4::atn::ATN& grammar() {
  static const duet_antlr::DuetParser parser(nullptr);
  return parser.getATN();
}

std::vector<std::string> first_words(size_t rule) {
  std::set<size_t> seen;
  std::vector<std::string> words;
  collect_words(grammar().ruleToStartState[rule], seen, words);
  return words;
}

// The words that start the entries of a body; `rule` is the body or one of its entries.
std::vector<std::string> own_words(size_t rule) {
  switch (rule) {
    case DuetParser::RuleRobotDef:
      return first_words(DuetParser::RuleRobotClause);
    case DuetParser::RuleModuleDef:
      return first_words(DuetParser::RuleModuleClause);
    case DuetParser::RulePlannerDef:
      return first_words(DuetParser::RulePlannerClause);
    case DuetParser::RuleExperimentDef:
      return first_words(DuetParser::RuleExperimentClause);
    case DuetParser::RuleBlock:
      return first_words(DuetParser::RuleStatement);
    case DuetParser::RuleFile:
    case DuetParser::RuleItem:
    case DuetParser::RuleUseDecl: {
      std::vector<std::string> words = first_words(DuetParser::RuleItem);
      words.push_back("use");
      return words;
    }
    case DuetParser::RuleAlgorithmDef:
    case DuetParser::RuleDeclaration: {
      std::vector<std::string> words = first_words(DuetParser::RuleDeclaration);
      for (std::string& word : first_words(DuetParser::RuleStatement)) words.push_back(std::move(word));
      return words;
    }
    default:
      return first_words(rule);
  }
}

bool is_one_of(std::string_view word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Report {
 public:
  Report(const Input& input, const Failure& failure, Diagnostics& diagnostics)
      : input_(input), failure_(failure), diagnostics_(diagnostics), found_(failure.token) {
    for (ssize_t type : failure.expected.toList()) {
      types_.insert(static_cast<size_t>(type));
      std::string text(literal_text(static_cast<size_t>(type)));
      if (is_word(text)) keywords_.push_back(text);
    }
    text_ = std::string(input.text(found_));
    before_ = input.previous(found_);
  }

  void run() {
    if (missing_brace() || unknown_entry() || lone_expression()) return;
    if (in_body()) return unexpected_in_body();
    DiagnosticBuilder error = diagnostics_.error("E0101", place(), expectation());
    error.help(help());
    label_bracket(error);
  }

 private:
  bool wants(std::string_view literal) const { return types_.contains(literal_type(literal)); }
  bool found(std::string_view literal) const { return found_->getType() == literal_type(literal); }
  static bool could_be_name(const Token* token) {
    if (token->getType() == DuetLexer::IDENT) return true;
    return is_one_of(literal_text(token->getType()), soft_keywords());
  }
  bool found_end() const { return found_->getType() == Token::EOF; }
  std::string found_text() const { return found_end() ? "the end of the file" : in_ticks(text_); }

  // The `{`, `(` or `[` of the rule that is still open.
  const Token* opener(std::string_view bracket) const {
    for (antlr4::tree::ParseTree* child : failure_.context->children) {
      auto* leaf = dynamic_cast<antlr4::tree::TerminalNode*>(child);
      if (leaf && leaf->getSymbol()->getType() == literal_type(bracket)) return leaf->getSymbol();
    }
    return nullptr;
  }

  // Between the entries of a body, not before its `{`.
  bool in_body() const {
    size_t rule = failure_.context->getRuleIndex();
    if (rule == DuetParser::RuleFile || rule == DuetParser::RuleReplEntry) return true;
    return is_body(rule) && opener("{");
  }

  // Something more on the line of an expression that could go on.
  bool after_expression() const { return before_ && !line_ended() && wants("^"); }

  // An entry whose first word is no keyword, or one of other places.
  bool unknown_entry() {
    const Token* first = found_;
    size_t rule = failure_.context->getRuleIndex();
    if (!in_body()) {
      const antlr4::ParserRuleContext* entry = failure_.context;
      while (entry && !is_entry(entry->getRuleIndex())) {
        entry = dynamic_cast<const antlr4::ParserRuleContext*>(entry->parent);
      }
      // A single word before the failure has been taken for the start of an assignment or a method.
      if (!entry || entry->start != before_ || !could_be_name(before_)) return false;
      if (is_one_of(input_.text(before_), own_words(entry->getRuleIndex()))) return false;
      if (found("(") || found("[") || found(".") || found_->getType() == Token::EOF) return false;
      first = entry->start;
      rule = entry->getRuleIndex();
      bool near = nearest(std::string(input_.text(first)), own_words(rule)).has_value();
      if (!near && !is_word(text_) && found_->getType() != DuetLexer::NUMBER) return false;
    }
    std::string word(input_.text(first));
    if (first->getType() == Token::EOF || !is_word(word)) return false;
    BodyWords words = words_of(rule);
    std::vector<std::string> candidates = own_words(rule);
    std::string help = did_you_mean_word(word, candidates);
    bool keyword = literal_type(word) != 0;
    if (in_body() && !keyword && help.empty() && after_expression()) return false;  // said better below
    std::string message = keyword ? in_ticks(word) + " does not belong in " + std::string(words.body)
                                  : "unknown " + std::string(words.entry) + " " + in_ticks(word);
    DiagnosticBuilder error = diagnostics_.error("E0101", input_.span(first), message);
    if (keyword || help.empty()) {
      error.help(std::string(words.body) + " has: " + joined_all(candidates));
    } else {
      error.help(help);
    }
    return true;
  }

  bool lone_expression() {
    if (failure_.context->getRuleIndex() != DuetParser::RuleStatement) return false;
    if (failure_.context->start != before_ || !wants("=") || !wants("+=")) return false;
    if (!found("(") && !found("[") && !found(".") && !found("-") && !found("+") && !found("*") && !found("/")) return false;
    diagnostics_.error("E0101", cover(input_.span(before_), input_.span(found_)), "an expression is not a statement")
        .help("give its value a name, as in `let y = ...`");
    return true;
  }

  bool missing_brace() {
    const Token* open = opener("{");
    if (!open || !wants("}")) return false;
    if (!found_end() && !(found_->getCharPositionInLine() == 0 && input_.starts_line(found_))) return false;
    if (!in_body()) return false;
    std::string message = "expected `}` before " + found_text();
    DiagnosticBuilder error = diagnostics_.error("E0101", input_.span(found_), message);
    error.label(input_.span(open), "this `{` is not closed");
    label_odd_brace(error);
    return true;
  }

  // Which brace was forgotten shows where a `}` stands under something else than the line of its `{`.
  void label_odd_brace(DiagnosticBuilder& error) const {
    std::vector<const Token*> open;
    const Token* first_of_line = nullptr;
    std::vector<size_t> indents;
    for (const Token* token : input_.tokens()) {
      if (token->getChannel() != Token::DEFAULT_CHANNEL) continue;
      if (token == found_) return;
      if (input_.starts_line(token)) first_of_line = token;
      if (token->getType() == literal_type("{")) {
        open.push_back(token);
        indents.push_back(first_of_line->getCharPositionInLine());
      } else if (token->getType() == literal_type("}") && !open.empty()) {
        if (first_of_line == token && token->getCharPositionInLine() != indents.back()) {
          error.label(input_.span(token), "this `}` closes the `{` of line " + std::to_string(open.back()->getLine()));
          return;
        }
        open.pop_back();
        indents.pop_back();
      }
    }
  }

  void unexpected_in_body() {
    BodyWords words = words_of(failure_.context->getRuleIndex());
    bool top = failure_.context->getRuleIndex() == DuetParser::RuleFile;
    std::string message;
    if (found("}") && !wants("}")) {
      message = "this `}` closes nothing";
    } else if (after_expression() && !found("=") && !found("}")) {
      message = "expected an operator or the end of the line after " + in_ticks(input_.text(before_)) + ", found " + found_text();
    } else {
      message = "expected " + std::string(words.entry == "item" ? "an " : "a ") + std::string(words.entry) +
                (top ? "" : " or `}`") + ", found " + found_text();
    }
    DiagnosticBuilder error = diagnostics_.error("E0101", input_.span(found_), message);
    error.help(help());
  }

  bool line_ended() const { return before_ && (found_end() || before_->getLine() < found_->getLine()); }

  // What is missing at the end of a line is shown there, not at the start of the next.
  Span place() const {
    if (!line_ended()) return input_.span(found_);
    uint32_t end = input_.span(before_).end;
    return {input_.file(), end, end};
  }

  // "expected `=` or `~` after `x`, found `:`"
  std::string expectation() const {
    std::string text = "expected " + joined(expected_things());
    if (before_) text += " after " + in_ticks(input_.text(before_));
    return found_end() || !line_ended() ? text + ", found " + found_text() : text;
  }

  std::vector<std::string> expected_things() const {
    std::set<size_t> left = types_;
    std::vector<std::string> things;
    auto drop = [&](std::initializer_list<std::string_view> texts) {
      for (std::string_view text : texts) left.erase(literal_type(text));
    };
    bool expression = left.contains(DuetLexer::NUMBER) && left.contains(DuetLexer::IDENT);
    bool name = left.contains(DuetLexer::IDENT);
    if (expression) {
      left.erase(DuetLexer::NUMBER);
      left.erase(DuetLexer::STRING);
      drop({"true", "false", "if", "not", "-", "[", "("});
    }
    if (name) {
      left.erase(DuetLexer::IDENT);
      for (const std::string& word : soft_keywords()) drop({word});
      things.push_back(expression ? "an expression" : "a name");
    }
    if (left.contains(literal_type("="))) drop({"[", "("});  // what a name may carry before its `=`
    bool operators = left.contains(literal_type("^")) || left.contains(literal_type("*"));
    if (operators) {
      drop({"^", "*", "/", "+", "-", "<", "<=", ">", ">=", "==", "!=", "and", "or", "along", "->", "..", ".", "[", "("});
    }
    if (things.size() + left.size() > 1) drop({";"});
    if (left.erase(literal_type(",")) > 0) things.push_back("`,`");
    for (size_t type : left) {
      if (is_word(literal_text(type))) things.push_back(name_of_type(type));
    }
    for (size_t type : left) {
      if (!is_word(literal_text(type))) things.push_back(name_of_type(type));
    }
    if (operators && (things.empty() || found_end())) things.insert(things.begin(), "an operator");
    if (things.size() > kListed) {
      things.resize(kListed);
      things.push_back("...");
    }
    return things;
  }

  static std::string name_of_type(size_t type) {
    if (type == Token::EOF) return "the end of the file";
    if (type == DuetLexer::NUMBER) return "a number";
    if (type == DuetLexer::STRING) return "a string";
    return "`" + std::string(literal_text(type)) + "`";
  }

  static std::vector<std::string> soft_keywords() {
    const antlr4::atn::ATN& atn = grammar();
    std::vector<std::string> words;
    for (ssize_t type : atn.nextTokens(atn.ruleToStartState[DuetParser::RuleName]).toList()) {
      std::string text(literal_text(static_cast<size_t>(type)));
      if (!text.empty()) words.push_back(text);
    }
    return words;
  }

  std::string did_you_mean_word(const std::string& word, const std::vector<std::string>& candidates) const {
    std::optional<std::string> near = nearest(word, candidates);
    return near ? "did you mean `" + *near + "`?" : std::string();
  }

  static std::string joined_all(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "`" : ", `") + word + "`";
    return text;
  }

  bool touches(const Token* left, const Token* right) const { return input_.span(left).end == input_.span(right).begin; }

  std::string help() const {
    if (found_end()) return {};
    bool same_line = before_ && before_->getLine() == found_->getLine();
    if (before_ && before_->getType() == DuetLexer::NUMBER && is_word(text_) && touches(before_, found_)) {
      return "write `" + std::string(input_.text(before_)) + " * " + text_ + "`";
    }
    if (found("=") && wants("==") && same_line) return "to compare, write `==`";
    if (found("==") && wants("=")) return "a value is given with a single `=`";
    if (found("->")) return "a function is defined by name, as in `f(x) = ...`";
    const Token* after = input_.next(found_);
    if (found(".") && after && after->getType() == DuetLexer::NUMBER && types_.contains(DuetLexer::NUMBER)) {
      return "write `0." + std::string(input_.text(after)) + "`";
    }
    if (before_ && before_->getType() == literal_type(".")) {
      const Token* number = input_.previous(before_);
      if (number && number->getType() == DuetLexer::NUMBER) return "write `" + std::string(input_.text(number)) + ".0`";
    }
    if (!is_word(text_)) return {};
    if (literal_type(text_) == 0) return did_you_mean_word(text_, hard_keywords());
    if (same_line && types_.contains(DuetLexer::IDENT)) {
      return "`" + text_ + "` is a keyword of the language: choose another name";
    }
    return {};
  }

  // The expected keywords, without those that are only there because a name may be spelled so.
  std::vector<std::string> hard_keywords() const {
    if (!types_.contains(DuetLexer::IDENT)) return keywords_;
    std::vector<std::string> soft = soft_keywords();
    std::vector<std::string> hard;
    for (const std::string& word : keywords_) {
      if (std::find(soft.begin(), soft.end(), word) == soft.end()) hard.push_back(word);
    }
    return hard;
  }

  void label_bracket(DiagnosticBuilder& error) const {
    for (auto [open, close] : {std::pair{"(", ")"}, std::pair{"[", "]"}}) {
      const Token* bracket = wants(close) ? opener(open) : nullptr;
      bool far = line_ended() || found("}") || found("]") || found(")") || found("{");
      if (bracket && far) error.label(input_.span(bracket), std::string("this `") + open + "` is not closed");
    }
  }

  const Input& input_;
  const Failure& failure_;
  Diagnostics& diagnostics_;
  const Token* found_;
  const Token* before_ = nullptr;
  std::string text_;                   // of the token found
  std::set<size_t> types_;             // expected
  std::vector<std::string> keywords_;  // expected, those that are words
};

}  // namespace

bool is_body(size_t rule) {
  switch (rule) {
    case DuetParser::RuleFile:
    case DuetParser::RuleReplEntry:
    case DuetParser::RuleRobotDef:
    case DuetParser::RuleModuleDef:
    case DuetParser::RulePlannerDef:
    case DuetParser::RuleAlgorithmDef:
    case DuetParser::RuleSettingsDef:
    case DuetParser::RuleExperimentDef:
    case DuetParser::RuleBlock:
      return true;
    default:
      return false;
  }
}

bool is_entry(size_t rule) {
  switch (rule) {
    case DuetParser::RuleUseDecl:
    case DuetParser::RuleItem:
    case DuetParser::RuleRobotClause:
    case DuetParser::RuleModuleClause:
    case DuetParser::RulePlannerClause:
    case DuetParser::RuleDeclaration:
    case DuetParser::RuleStatement:
    case DuetParser::RuleSettingsEntry:
    case DuetParser::RuleExperimentClause:
      return true;
    default:
      return false;
  }
}

void report_failure(const Input& input, const Failure& failure, Diagnostics& diagnostics) {
  Report(input, failure, diagnostics).run();
}

}  // namespace duet::syntax
