#include "compiler/syntax/format.h"

#include "compiler/base/utf8.h"
#include "compiler/syntax/format_lines.h"

namespace duet {
namespace {

using syntax::Line;
using syntax::Piece;
using syntax::Token;

// Columns that the user aligned by chance may come apart when others move; formatting again settles them.
constexpr int kPasses = 8;

std::string write(const std::vector<Line>& lines) {
  std::string out;
  for (const Line& line : lines) {
    if (line.blank_before && !out.empty()) out += '\n';
    size_t column = 0;
    for (const Piece& piece : line.pieces) {
      out.append(piece.column - column, ' ');
      out += piece.text;
      column = piece.column + piece.width;
    }
    out += '\n';
  }
  return out;
}

std::string pass(const SourceMap& sources, const std::vector<Token>& tokens) {
  std::vector<Line> lines = syntax::split_lines(sources, tokens);
  syntax::set_spaces(lines);
  syntax::indent(lines);
  syntax::set_columns(lines);
  return write(lines);
}

}  // namespace

namespace syntax {

std::vector<Line> split_lines(const SourceMap& sources, const std::vector<Token>& tokens) {
  std::vector<Line> lines;
  uint32_t line = 0;
  size_t end = 0;  // the column after the piece before
  for (const Token& token : tokens) {
    Piece piece{token, std::string(sources.text(token.span))};
    while (piece.text.ends_with(' ') || piece.text.ends_with('\t')) piece.text.pop_back();
    piece.width = count_code_points(piece.text);
    piece.source = sources.position(token.span.file, token.span.begin).column - 1;
    if (lines.empty() || token.line != line) {
      lines.emplace_back();
      lines.back().blank_before = token.line > line + 1;
      end = 0;
    }
    piece.gap = piece.source - end;
    end = piece.source + piece.width;
    line = token.line;
    lines.back().pieces.push_back(std::move(piece));
  }
  return lines;
}

}  // namespace syntax

std::string format(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics) {
  Diagnostics found;
  std::vector<Token> tokens = syntax::tokens_of(sources, file, found);
  diagnostics.append(found);
  std::string text(sources.text(file));
  if (found.has_errors()) return text;
  std::string result = pass(sources, tokens);
  for (int i = 1; i < kPasses && result != text; ++i) {
    text = result;
    SourceMap again;
    uint32_t copy = again.add(sources.path(file), text);
    Diagnostics none;
    result = pass(again, syntax::tokens_of(again, copy, none));
  }
  return result;
}

}  // namespace duet
