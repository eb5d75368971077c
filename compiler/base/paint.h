#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/diagnostic.h"

namespace duet {

/// What a piece of output is; the painter knows its colour.
enum class Ink { plain, bold, gutter, error, warning, note, secondary };

/// The ink of a severity.
Ink ink_of(Severity severity);

/// `text` in the colour of `ink`, or unchanged without colours.
std::string paint(std::string_view text, Ink ink, bool colours);

/// One line of output under construction, addressed by column (from 0).
class Row {
 public:
  /// Writes `count` copies of a character from `column` on, over what is there.
  void fill(size_t column, size_t count, char character, Ink ink);
  /// Ends the row with a text that starts at `column` at the earliest.
  void append(size_t column, std::string_view text, Ink ink);
  /// The line without trailing spaces.
  std::string str(bool colours) const;

 private:
  struct Cell {
    char character = ' ';
    Ink ink = Ink::plain;
  };
  std::vector<Cell> cells_;
  std::string tail_;
  Ink tail_ink_ = Ink::plain;
};

/// `text` fit for a terminal: every control character and malformed byte becomes U+FFFD, so that no source file can
/// send escape sequences. Newlines are kept only on request.
std::string printable(std::string_view text, bool keep_newlines = false);

}  // namespace duet
