#include "compiler/syntax/tokens.h"

#include <cctype>

#include "compiler/syntax/error_words.h"
#include "compiler/syntax/run.h"

namespace duet::syntax {
namespace {

using duet_antlr::DuetLexer;
using duet_antlr::DuetParser;

TokenKind kind_of(size_t type) {
  switch (type) {
    case DuetLexer::IDENT:
      return TokenKind::name;
    case DuetLexer::NUMBER:
      return TokenKind::number;
    case DuetLexer::STRING:
      return TokenKind::string;
    case DuetLexer::COMMENT:
      return TokenKind::comment;
    default: {
      std::string_view text = literal_text(type);
      bool word = !text.empty() && std::isalpha(static_cast<unsigned char>(text[0]));
      return word ? TokenKind::keyword : TokenKind::symbol;
    }
  }
}

// Brackets of these rules stand for themselves; all others belong to what is before them.
bool free_brackets(const antlr4::tree::ParseTree* rule) {
  return dynamic_cast<const DuetParser::PrimaryContext*>(rule) || dynamic_cast<const DuetParser::PatternContext*>(rule);
}

// Marks the tokens below a rule. The depth of the tree is limited by the parser.
void mark(antlr4::ParserRuleContext* context, std::vector<Token*>& by_index) {
  if (is_entry(context->getRuleIndex())) by_index[context->start->getTokenIndex()]->starts_entry = true;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child)) {
      mark(rule, by_index);
      continue;
    }
    antlr4::Token* symbol = dynamic_cast<antlr4::tree::TerminalNode&>(*child).getSymbol();
    Token* token = by_index[symbol->getTokenIndex()];
    if (!token) continue;  // the end of the file
    size_t rule = context->getRuleIndex();
    if (rule == DuetParser::RuleName || rule == DuetParser::RuleMetricPart) token->kind = TokenKind::name;
    if (rule == DuetParser::RulePrefix && token->kind == TokenKind::symbol) token->prefix = true;
    bool bracket = symbol->getType() == literal_type("(") || symbol->getType() == literal_type("[");
    if (bracket && !free_brackets(context)) token->suffix = true;
  }
}

}  // namespace

std::vector<Token> tokens_of(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics) {
  Diagnostics found;
  Input input(sources, file, &found);
  Run run(input, found);
  DuetParser::FileContext* tree = run.parser().file();
  diagnostics.append(found);
  std::vector<Token> tokens;
  if (found.has_errors()) return tokens;
  std::vector<size_t> indices;
  for (const antlr4::Token* token : input.tokens()) {
    if (token->getType() == DuetLexer::SPACE || token->getType() == antlr4::Token::EOF) continue;
    Token mine{kind_of(token->getType()), input.span(token), sources.position(file, input.span(token).begin).line};
    tokens.push_back(mine);
    indices.push_back(token->getTokenIndex());
  }
  std::vector<Token*> by_index(input.tokens().size(), nullptr);
  for (size_t i = 0; i < tokens.size(); ++i) by_index[indices[i]] = &tokens[i];
  mark(tree, by_index);
  return tokens;
}

}  // namespace duet::syntax
