#pragma once

#include <string>
#include <vector>

#include "compiler/syntax/tokens.h"

namespace duet::syntax {

/// A token on its way from the user's layout to ours. Columns count from 0, in code points.
struct Piece {
  Token token;
  std::string text;
  size_t width = 0;   ///< in columns
  size_t source = 0;  ///< the column in the user's text
  size_t gap = 0;     ///< columns of white space before it in the user's text (for the first of a line: its column)
  size_t space = 0;   ///< spaces that belong before it
  size_t column = 0;  ///< the column in ours
};

struct Line {
  std::vector<Piece> pieces;
  bool blank_before = false;
  bool continues = false;  ///< goes on with the clause of the line before
  bool follows = false;    ///< begins below a piece of the line before, where the user put it
  size_t below = 0;        ///< the index of that piece
};

/// The lines of a file that are not blank, with the user's columns.
std::vector<Line> split_lines(const SourceMap& sources, const std::vector<Token>& tokens);

/// Sets the column of the first piece of every line, `continues`, `follows` and `below`.
void indent(std::vector<Line>& lines);

/// Sets `space` of every piece that is not the first of its line.
void set_spaces(std::vector<Line>& lines);

/// Sets the columns of all pieces after the first of each line: side by side, but in the user's columns where there are
/// any. Then moves the lines that begin below something in the line before.
void set_columns(std::vector<Line>& lines);

}  // namespace duet::syntax
