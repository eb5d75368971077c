#include <algorithm>
#include <limits>
#include <numeric>

#include "compiler/syntax/format_lines.h"

namespace duet::syntax {
namespace {

constexpr size_t kReach = 100;  // lines
constexpr size_t kNone = std::numeric_limits<size_t>::max();

struct Place {
  size_t line;
  size_t piece;
};

/// Finds pieces that the user set below each other and lays the lines out around them.
class Columns {
 public:
  explicit Columns(std::vector<Line>& lines) : lines_(lines), laid_(lines.size(), 0) {
    for (size_t l = 0; l < lines_.size(); ++l) {
      first_id_.push_back(places_.size());
      for (size_t i = 0; i < lines_[l].pieces.size(); ++i) places_.push_back({l, i});
    }
    parent_.resize(places_.size());
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }

  void run() {
    for (size_t l = 1; l < lines_.size(); ++l) link(l);
    for (const std::vector<Place>& group : groups()) align(group);
    for (size_t l = 0; l < lines_.size(); ++l) lay(l, lines_[l].pieces.size());
    for (size_t l = 1; l < lines_.size(); ++l) {
      if (lines_[l].follows) shift(lines_[l], lines_[l - 1].pieces[lines_[l].below].column);
    }
  }

 private:
  static bool is_comment(const Piece& piece) { return piece.token.kind == TokenKind::comment; }

  Piece& at(Place place) { return lines_[place.line].pieces[place.piece]; }

  size_t root(size_t id) {
    while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
    return id;
  }

  // What people set below each other: the same sort of thing.
  enum class Sort { comment, binding, operand, keyword, other };
  static Sort sort_of(const Piece& piece) {
    switch (piece.token.kind) {
      case TokenKind::comment:
        return Sort::comment;
      case TokenKind::keyword:
        return Sort::keyword;
      case TokenKind::symbol:
        if (piece.text.ends_with('=') || piece.text == "~") return Sort::binding;
        return piece.text == "(" || piece.text == "[" || piece.token.prefix ? Sort::operand : Sort::other;
      default:
        return Sort::operand;
    }
  }

  // What follows the keyword of a clause.
  static bool after_clause_word(const Line& line, size_t piece) { return piece == 1 && line.pieces[0].token.starts_entry; }

  // The piece of a line in the same column as one of line `from`, if both are the same sort of thing.
  size_t find(size_t l, size_t from, size_t index) const {
    const Piece& piece = lines_[from].pieces[index];
    const std::vector<Piece>& pieces = lines_[l].pieces;
    auto found = std::lower_bound(pieces.begin(), pieces.end(), piece.source,
                                  [](const Piece& each, size_t column) { return each.source < column; });
    if (found == pieces.end() || found == pieces.begin() || found->source != piece.source) return kNone;
    size_t place = static_cast<size_t>(found - pieces.begin());
    bool alike = sort_of(*found) == sort_of(piece) || (after_clause_word(lines_[from], index) && after_clause_word(lines_[l], place));
    return found->space > 0 && alike ? place : kNone;
  }

  // Links the pieces of a line to those above in the same column.
  void link(size_t l) {
    for (size_t i = 1; i < lines_[l].pieces.size(); ++i) {
      const Piece& piece = lines_[l].pieces[i];
      if (piece.space == 0 || (lines_[l].follows && !is_comment(piece))) continue;
      size_t above = partner(l, i);
      if (above == kNone) continue;
      parent_[root(first_id_[l] + i)] = root(first_id_[above] + find(above, l, i));
    }
  }

  // The nearest line above with something in the column of a piece. Comments, equal keywords and what follows the keywords
  // of clauses find each other as far as the next blank line, others past the lines that continue a clause.
  size_t partner(size_t l, size_t index) const {
    const Piece& piece = lines_[l].pieces[index];
    bool comment = is_comment(piece);
    bool second = after_clause_word(lines_[l], index);
    bool far = comment || second || piece.token.kind == TokenKind::keyword;
    bool near = true;
    for (size_t above = l; above > 0 && !lines_[above].blank_before && l - above < kReach;) {
      --above;
      size_t found = lines_[above].follows && !comment ? kNone : find(above, l, index);
      if (found != kNone) {
        bool both = second && after_clause_word(lines_[above], found);
        if (near || comment || both || lines_[above].pieces[found].text == piece.text) return above;
      }
      near = near && lines_[above].continues;
      if (!near && !far) return kNone;
    }
    return kNone;
  }

  // Those with two members or more of which one at least stands away from what is before it, by column. A comment may
  // stand away alone.
  std::vector<std::vector<Place>> groups() {
    std::vector<std::vector<Place>> by_root(places_.size());
    for (size_t id = 0; id < places_.size(); ++id) by_root[root(id)].push_back(places_[id]);
    std::vector<std::vector<Place>> result;
    for (std::vector<Place>& group : by_root) {
      bool wide = std::any_of(group.begin(), group.end(), [this](Place place) { return at(place).gap > 1; });
      if (wide && (group.size() > 1 || is_comment(at(group.front())))) result.push_back(std::move(group));
    }
    std::stable_sort(result.begin(), result.end(), [this](const auto& a, const auto& b) {
      return at(a.front()).source < at(b.front()).source;
    });
    return result;
  }

  // Lays out a line up to a piece, not included, and returns the column at which that piece would stand.
  size_t lay(size_t l, size_t end) {
    std::vector<Piece>& pieces = lines_[l].pieces;
    for (size_t& i = laid_[l]; i < end; ++i) {
      if (i > 0 && pieces[i].column == 0) pieces[i].column = next_column(pieces, i);
    }
    return end < pieces.size() ? next_column(pieces, end) : 0;
  }

  static size_t next_column(const std::vector<Piece>& pieces, size_t i) {
    if (i == 0) return pieces[0].column;
    return pieces[i - 1].column + pieces[i - 1].width + pieces[i].space;
  }

  void align(const std::vector<Place>& group) {
    const Piece& first = lines_[group.front().line].pieces[0];
    size_t column = at(group.front()).source + first.column;
    column = column > first.source ? column - first.source : 0;  // the user's column, moved with the indentation
    for (Place place : group) column = std::max(column, lay(place.line, place.piece));
    for (Place place : group) at(place).column = column;
  }

  static void shift(Line& line, size_t column) {
    size_t from = line.pieces[0].column;
    for (Piece& piece : line.pieces) piece.column = piece.column + column - from;
  }

  std::vector<Line>& lines_;
  std::vector<size_t> laid_;      // how many pieces of each line have their column
  std::vector<size_t> first_id_;  // of each line
  std::vector<Place> places_;     // by id
  std::vector<size_t> parent_;    // a union of pieces, by id
};

}  // namespace

void set_columns(std::vector<Line>& lines) { Columns(lines).run(); }

}  // namespace duet::syntax
