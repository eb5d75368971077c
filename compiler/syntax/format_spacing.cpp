#include "compiler/syntax/format_lines.h"

namespace duet::syntax {
namespace {

constexpr size_t kBeforeComment = 2;

bool is(const Piece& piece, std::string_view text) {
  return piece.token.kind == TokenKind::symbol && piece.text == text;
}

size_t space_between(const Piece& left, const Piece& right) {
  if (right.token.kind == TokenKind::comment) return kBeforeComment;
  if (is(right, ",") || is(right, ";") || is(right, ":") || is(right, ")") || is(right, "]")) return 0;
  if (is(left, "(") || is(left, "[")) return 0;
  if (is(left, ",") || is(left, ";") || is(left, ":")) return 1;
  if (is(left, "{") && is(right, "}")) return 0;
  if (is(left, ".") || is(right, ".") || is(left, "^") || is(right, "^") || left.token.prefix || right.token.suffix) return 0;
  // A range is written close, but not to a keyword before it.
  if (is(left, "..")) return 0;
  if (is(right, "..")) return left.token.kind == TokenKind::keyword ? 1 : 0;
  return 1;
}

}  // namespace

void set_spaces(std::vector<Line>& lines) {
  for (Line& line : lines) {
    for (size_t i = 1; i < line.pieces.size(); ++i) {
      line.pieces[i].space = space_between(line.pieces[i - 1], line.pieces[i]);
    }
  }
}

}  // namespace duet::syntax
