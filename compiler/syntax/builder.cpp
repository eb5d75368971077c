#include "compiler/syntax/builder.h"

namespace duet::syntax {

ast::File Builder::file(Grammar::FileContext* context) {
  ast::File file;
  file.id = input_.file();
  for (Grammar::UseDeclContext* entry : context->useDecl()) use(entry, file.uses);
  for (Grammar::ItemContext* entry : context->item()) item(entry, file.items);
  file.comments = std::move(comments_);
  return file;
}

void Builder::once(std::string_view clause, const antlr4::Token* keyword) {
  auto [known, first] = given_.emplace(std::string(clause), span(keyword));
  if (first) return;
  diagnostics_.error("E0105", span(keyword), "`" + std::string(clause) + "` is given twice")
      .label(known->second, "it was first given here")
      .help("remove one of them");
}

void Builder::collect_comments() {
  for (const antlr4::Token* token : input_.tokens()) {
    if (token->getType() != duet_antlr::DuetLexer::COMMENT) continue;
    if (input_.starts_line(token)) comment_of_line_.emplace(token->getLine(), comments_.size());
    comments_.push_back({std::string(input_.text(token)), span(token)});
  }
}

std::string Builder::doc_above(const antlr4::Token* token) const {
  size_t first = token->getLine();
  while (comment_of_line_.contains(first - 1)) --first;
  std::string doc;
  for (size_t line = first; line < token->getLine(); ++line) {
    // comments_ is moved into the file only after everything has been built.
    std::string_view text = comments_[comment_of_line_.at(line)].text;
    text.remove_prefix(2);
    if (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    doc += (doc.empty() ? "" : "\n") + std::string(text);
  }
  return doc;
}

}  // namespace duet::syntax
