#include <cstdio>

#include "compiler/base/utf8.h"
#include "compiler/syntax/input.h"

namespace duet::syntax {
namespace {

using duet_antlr::DuetLexer;

// Spellings of other languages and the token each stands for here.
struct Foreign {
  std::string_view text;
  std::string_view ours;
};
constexpr Foreign kForeign[] = {{"&&", "and"}, {"&", "and"}, {"||", "or"}, {"|", "or"}, {"!", "not"}};

class Repair {
 public:
  Repair(Input& input, Diagnostics& diagnostics) : input_(input), diagnostics_(diagnostics) {}

  void run() {
    for (at_ = 0; at_ < input_.tokens().size(); ++at_) {
      size_t type = token(at_)->getType();
      if (type == DuetLexer::UNTERMINATED) unterminated();
      if (type == DuetLexer::UNKNOWN) unknown();
      if (type == star_) power();
    }
  }

 private:
  antlr4::CommonToken* token(size_t index) const { return static_cast<antlr4::CommonToken*>(input_.tokens()[index]); }
  size_t type(size_t index) const {
    return index < input_.tokens().size() ? input_.tokens()[index]->getType() : antlr4::Token::EOF;
  }
  std::string text(size_t index) const { return std::string(input_.text(token(index))); }
  void hide(size_t index) { token(index)->setChannel(antlr4::Token::HIDDEN_CHANNEL); }

  void unterminated() {
    diagnostics_.error("E0103", input_.span(token(at_)), "this string is not closed")
        .help("close it with `\"` on the same line");
    token(at_)->setType(DuetLexer::STRING);
  }

  void power() {
    if (type(at_ + 1) != star_) return;
    diagnostics_.error("E0101", cover(input_.span(token(at_)), input_.span(token(at_ + 1))), "`**` is not an operator")
        .help("a power is written `^`, as in `x^2`");
    token(at_)->setType(literal_type("^"));
    hide(at_ + 1);
    ++at_;
  }

  // A run of unknown characters is one mistake.
  void unknown() {
    size_t first = at_;
    while (type(at_ + 1) == DuetLexer::UNKNOWN && text(first) != "#") ++at_;
    Span span = cover(input_.span(token(first)), input_.span(token(at_)));
    std::string_view run = input_.sources().text(span);
    for (size_t i = first; i <= at_; ++i) hide(i);
    for (const Foreign& foreign : kForeign) {
      if (run == foreign.text) return translate(first, span, foreign);
    }
    DiagnosticBuilder error = diagnostics_.error("E0104", span, describe(run));
    error.help(help_for(run));
    // Mended so that the one mistake gives the one message.
    if (run == "#" || run == "?") hide_line(first);
    if (run == "@") show_as(first, star_);
    if (run == "'") hide_quoted(first);
  }

  void show_as(size_t index, size_t type) {
    token(index)->setType(type);
    token(index)->setChannel(antlr4::Token::DEFAULT_CHANNEL);
  }

  // A string in single quotes; the closing one may have become part of a name, as a prime.
  void hide_quoted(size_t index) {
    size_t end = index + 1;
    while (type(end) != antlr4::Token::EOF && token(end)->getLine() == token(index)->getLine() && !text(end).ends_with('\'')) {
      ++end;
    }
    if (type(end) == antlr4::Token::EOF || !text(end).ends_with('\'')) return;
    for (; at_ < end; ++at_) hide(at_ + 1);
    show_as(index, DuetLexer::STRING);
  }

  void translate(size_t index, Span span, const Foreign& foreign) {
    std::string ours(foreign.ours);
    bool unequal = ours == "not" && text(at_ + 1 < input_.tokens().size() ? at_ + 1 : at_) == "=";
    diagnostics_.error("E0104", span, describe(foreign.text)).help(unequal ? "write `!=`" : "write `" + ours + "`");
    show_as(index, literal_type(ours));
  }

  void hide_line(size_t index) {
    size_t line = token(index)->getLine();
    while (type(at_ + 1) != antlr4::Token::EOF && token(at_ + 1)->getLine() == line) hide(++at_);
  }

  static std::string describe(std::string_view run) {
    constexpr size_t kShown = 24;
    CodePoint first = decode_utf8(run, 0);
    if (!first.valid) return "this is not UTF-8 text";
    if (first.value < 0x20 || first.value == 0x7F) {
      char hex[16];
      std::snprintf(hex, sizeof hex, "U+%04X", static_cast<unsigned>(first.value));
      return std::string("unknown character ") + hex;
    }
    if (count_code_points(run) == 1) return "unknown character `" + std::string(run) + "`";
    if (run.size() > kShown) return "unknown characters";
    return "unknown characters `" + std::string(run) + "`";
  }

  static std::string help_for(std::string_view run) {
    if (run == "#") return "a comment starts with `//`";
    if (run == "'" || run.starts_with("\u2018") || run.starts_with("\u201C") || run.starts_with("\u201D")) {
      return "a string stands between straight double quotes: `\"...\"`";
    }
    if (run == "@") return "a product of matrices is written `dot[axis](a, b)`";
    if (run == "?") return "a choice is written `if c then a else b`";
    if (run == "\u2212" || run == "\u2013") return "write `-`";
    if (run == "\u00D7" || run == "\u00B7") return "write `*`";
    return {};
  }

  Input& input_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
  size_t star_ = literal_type("*");
};

}  // namespace

void repair(Input& input, Diagnostics& diagnostics) { Repair(input, diagnostics).run(); }

}  // namespace duet::syntax
