#pragma once

// Private to compiler/syntax: includes ANTLR.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "DuetLexer.h"
#include "DuetParser.h"
#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"

namespace duet::syntax {

/// The token type of a keyword or symbol as spelled in the grammar ("and", "{"); 0 if there is none.
size_t literal_type(std::string_view literal);

/// The spelling of a keyword or symbol; empty for names, numbers and other classes.
std::string_view literal_text(size_t type);

/// The tokens of one file, white space and comments on the hidden channel, and where each lies in bytes.
class Input {
 public:
  /// Lexes the file. With `diagnostics`, mistakes of spelling (E0103, E0104, `**`) are reported and mended, so that the
  /// parser stumbles over none of them.
  Input(const SourceMap& sources, uint32_t file, Diagnostics* diagnostics);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const SourceMap& sources() const { return sources_; }
  uint32_t file() const { return file_; }
  antlr4::TokenStream& stream() { return *stream_; }

  /// All tokens in order, the end of file last; a token's index is its place here.
  const std::vector<antlr4::Token*>& tokens() const { return tokens_; }

  /// Where a token lies. The end of the file is an empty span just after the last token that is not hidden.
  Span span(const antlr4::Token* token) const;
  /// From the first token of a rule to its last.
  Span span(const antlr4::ParserRuleContext* context) const;
  std::string_view text(const antlr4::Token* token) const { return sources_.text(span(token)); }

  /// The neighbours of a token that the parser sees; nullptr beyond the ends.
  const antlr4::Token* previous(const antlr4::Token* token) const;
  const antlr4::Token* next(const antlr4::Token* token) const;

  /// Whether no visible token stands before it on its line.
  bool starts_line(const antlr4::Token* token) const;

 private:
  std::string decode();
  uint32_t byte_of(size_t code_point) const;

  const SourceMap& sources_;
  uint32_t file_;
  std::vector<uint32_t> offsets_;  // of every code point; empty when all of them are single bytes
  uint32_t size_ = 0;              // of the text in bytes
  std::unique_ptr<antlr4::ANTLRInputStream> characters_;
  std::unique_ptr<duet_antlr::DuetLexer> lexer_;
  std::unique_ptr<antlr4::ListTokenSource> source_;
  std::unique_ptr<antlr4::CommonTokenStream> stream_;
  std::vector<antlr4::Token*> tokens_;
};

/// Reports and mends mistakes of spelling in the tokens of `input`.
void repair(Input& input, Diagnostics& diagnostics);

}  // namespace duet::syntax
