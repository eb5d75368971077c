#pragma once

#include <cstdint>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"

namespace duet::syntax {

enum class TokenKind { keyword, name, number, string, symbol, comment };

/// A token with what the formatter needs to know of its part in the grammar.
struct Token {
  TokenKind kind;
  Span span;
  uint32_t line = 1;
  bool starts_entry = false;  ///< the first of an item, a clause or a statement
  bool prefix = false;        ///< a minus sign with no left operand
  bool suffix = false;        ///< a `(` or `[` that belongs to the name or value before it
};

/// All tokens of a file, comments included and white space not. Empty, with errors reported, for a file that does not parse.
std::vector<Token> tokens_of(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace duet::syntax
