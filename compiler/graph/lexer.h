#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/span.h"
#include "runtime/program/program.h"

namespace duet {

/// A token of graph text. `value` tokens are `%12` or `%name.12`, `place` tokens `@file:begin-end`.
struct GraphToken {
  enum class Kind { name, text, integer, real, value, place, symbol, end };
  Kind kind = Kind::end;
  size_t begin = 0, end = 0;  // bytes in the text
  std::string text;           // name, unquoted text, symbol, or the name of a value
  int64_t integer = 0;        // integer, or the id of a value
  double real = 0;
  Span place;
};

/// What stopped the lexer.
struct GraphLexError {
  size_t offset;
  std::string message;
};

/// All tokens, the last being `end`; white space and `//` comments are skipped. Stops at the first error.
std::vector<GraphToken> lex_graph(std::string_view text, std::optional<GraphLexError>& error);

}  // namespace duet
