#include "compiler/syntax/parser.h"

#include "compiler/syntax/builder.h"
#include "compiler/syntax/run.h"

namespace duet {
namespace {

using duet_antlr::DuetParser;
using syntax::Builder;
using syntax::Input;
using syntax::Run;

bool ends(const antlr4::Token* token) { return token && token->getType() == antlr4::Token::EOF; }

ReplEntry build_entry(Builder& builder, DuetParser::ReplEntryContext* tree) {
  ReplEntry entry;
  for (DuetParser::UseDeclContext* part : tree->useDecl()) builder.use(part, entry.uses);
  for (DuetParser::ItemContext* part : tree->item()) builder.item(part, entry.items);
  for (DuetParser::DeclarationContext* part : tree->declaration()) {
    builder.declaration(part, entry.memories, entry.instances);
  }
  for (DuetParser::StatementContext* part : tree->statement()) builder.statement(part, entry.statements.statements);
  return entry;
}

}  // namespace

ast::File parse(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics) {
  Input input(sources, file, &diagnostics);
  Run run(input, diagnostics);
  DuetParser::FileContext* tree = run.parser().file();
  return Builder(input, diagnostics).file(tree);
}

ReplEntry parse_entry(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics) {
  Diagnostics spelling;
  Input input(sources, file, &spelling);
  diagnostics.append(spelling);

  Diagnostics as_expression;
  Run expression_run(input, as_expression);
  DuetParser::ReplExpressionContext* expression = expression_run.parser().replExpression();
  if (!expression_run.first_error()) {
    ReplEntry entry;
    entry.expression = Builder(input, diagnostics).scoped(expression->scoped());
    return entry;
  }

  Diagnostics as_entry;
  Run entry_run(input, as_entry);
  DuetParser::ReplEntryContext* tree = entry_run.parser().replEntry();
  const antlr4::Token* entry_error = entry_run.first_error();
  // What got further is what the user meant.
  bool meant_expression =
      entry_error && entry_error->getTokenIndex() < expression_run.first_error()->getTokenIndex();
  diagnostics.append(meant_expression ? as_expression : as_entry);
  ReplEntry entry;
  if (!meant_expression) {
    Builder builder(input, diagnostics);
    entry = build_entry(builder, tree);
  }
  const antlr4::Token* error = meant_expression ? expression_run.first_error() : entry_error;
  entry.incomplete = ends(error) && !spelling.has_errors();
  entry.statements.span = {file, 0, static_cast<uint32_t>(sources.text(file).size())};
  return entry;
}

}  // namespace duet
