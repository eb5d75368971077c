#include "compiler/syntax/format_lines.h"

namespace duet::syntax {
namespace {

constexpr size_t kIndent = 2;

bool is_symbol(const Piece& piece, std::string_view text) {
  return piece.token.kind == TokenKind::symbol && piece.text == text;
}
bool opens(const Piece& piece) { return is_symbol(piece, "{") || is_symbol(piece, "(") || is_symbol(piece, "["); }
bool closes(const Piece& piece) { return is_symbol(piece, "}") || is_symbol(piece, ")") || is_symbol(piece, "]"); }
bool is_comment(const Piece& piece) { return piece.token.kind == TokenKind::comment; }

class Indenter {
 public:
  explicit Indenter(std::vector<Line>& lines) : lines_(lines) {}

  void run() {
    size_t comments = 0;  // lines of comments just before
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (is_comment(lines_[i].pieces[0])) {
        ++comments;
        continue;
      }
      size_t inside = base();
      bool closing = closes(lines_[i].pieces[0]);
      place(lines_[i]);
      size_t column = closing ? inside : lines_[i].pieces[0].column;
      for (; comments > 0; --comments) lines_[i - comments].pieces[0].column = column;
    }
    for (; comments > 0; --comments) lines_[lines_.size() - comments].pieces[0].column = base();
    for (size_t i = 1; i < lines_.size(); ++i) follow(lines_[i], lines_[i - 1]);
  }

 private:
  struct Open {
    bool brace;
    size_t outer;  // the column of what closes it
    size_t inner;  // of the lines between
  };

  size_t base() const { return open_.empty() ? 0 : open_.back().inner; }

  void place(Line& line) {
    Piece& first = line.pieces[0];
    if (closes(first)) {
      first.column = open_.empty() ? 0 : open_.back().outer;
    } else if (!open_.empty() && !open_.back().brace) {
      first.column = base();
      line.continues = true;
    } else if (first.token.starts_entry || is_symbol(first, "{") || is_symbol(first, ";")) {
      first.column = base();
    } else {
      first.column = base() + kIndent;
      line.continues = true;
    }
    for (const Piece& piece : line.pieces) {
      if (closes(piece) && !open_.empty()) open_.pop_back();
      // A body is indented from the clause it belongs to, a bracket from the line it is on.
      if (is_symbol(piece, "{")) {
        open_.push_back({true, base(), base() + kIndent});
      } else if (opens(piece)) {
        open_.push_back({false, first.column, first.column + kIndent});
      }
    }
  }

  // Whether the user began the line below something in the line before, beyond where it would stand by itself.
  static void follow(Line& line, const Line& before) {
    const Piece& first = line.pieces[0];
    bool may = is_comment(first) || (line.continues && first.text != "where");
    if (!may || line.blank_before || first.source <= first.column) return;
    for (size_t i = before.follows ? 0 : 1; i < before.pieces.size(); ++i) {
      if (before.pieces[i].source != first.source || is_comment(before.pieces[i]) != is_comment(first)) continue;
      line.follows = true;
      line.below = i;
    }
  }

  std::vector<Line>& lines_;
  std::vector<Open> open_;
};

}  // namespace

void indent(std::vector<Line>& lines) { Indenter(lines).run(); }

}  // namespace duet::syntax
