#include "compiler/graph/lexer.h"

#include <charconv>
#include <limits>

#include "compiler/graph/text.h"

namespace duet {

namespace {

using Token = GraphToken;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    do {
      skip_space();
      Token token;
      token.begin = at_;
      if (at_ < text_.size()) read(token);
      token.end = at_;
      tokens.push_back(std::move(token));
    } while (tokens.back().kind != Token::Kind::end);
    return tokens;
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  [[noreturn]] void fail(const std::string& message) const { throw GraphLexError{at_, message}; }

  void skip_space() {
    while (at_ < text_.size()) {
      if (peek() == '/' && peek(1) == '/') {
        while (at_ < text_.size() && peek() != '\n') ++at_;
      } else if (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  void read(Token& token) {
    const char c = peek();
    if (c == '%') return read_value(token);
    if (c == '@') return read_place(token);
    if (c == '"') {
      token.kind = Token::Kind::text;
      token.text = read_quoted();
    } else if (is_digit(c) || c == '-') {
      read_number(token);
    } else if (is_plain_start(c)) {
      read_name(token);
    } else if (std::string_view("()[]{},:=").find(c) != std::string_view::npos) {
      token.kind = Token::Kind::symbol;
      token.text = c;
      ++at_;
    } else {
      fail("unexpected character");
    }
  }

  std::string take_plain() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_plain_char(peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void read_name(Token& token) {
    token.text = take_plain();
    token.kind = Token::Kind::name;
    if (token.text != "inf" && token.text != "nan") return;
    token.kind = Token::Kind::real;
    token.real =
        token.text == "inf" ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }

  std::string read_quoted() {
    std::string text;
    for (++at_; peek() != '"'; ++at_) {
      if (at_ >= text_.size() || peek() == '\n') fail("text without a closing quote");
      text += peek() == '\\' ? read_escape() : peek();
    }
    ++at_;
    return text;
  }

  char read_escape() {
    ++at_;
    switch (peek()) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case '"':
      case '\\':
        return peek();
      case 'x': {
        const int high = hex_digit(peek(1)), low = high < 0 ? -1 : hex_digit(peek(2));
        if (low < 0) fail("\\x needs two hexadecimal digits");
        at_ += 2;
        return static_cast<char>(high * 16 + low);
      }
      default:
        fail("unknown escape in text");
    }
  }

  template <typename T>
  T number(std::string_view digits, const char* what) const {
    T result{};
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (code != std::errc() || end != digits.data() + digits.size()) fail(std::string("not a proper ") + what);
    return result;
  }

  void read_number(Token& token) {
    const size_t begin = at_++;
    if (text_[begin] == '-' && peek() == 'i') {
      if (take_plain() != "inf") fail("not a proper number");
      token.kind = Token::Kind::real;
      token.real = -std::numeric_limits<double>::infinity();
      return;
    }
    while (is_digit(peek()) || peek() == '.' || peek() == 'e' || peek() == '+' || peek() == '-') ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    if (digits.find_first_of(".e") == std::string_view::npos) {
      token.kind = Token::Kind::integer;
      token.integer = number<int64_t>(digits, "whole number");
    } else {
      token.kind = Token::Kind::real;
      token.real = number<double>(digits, "number");
    }
  }

  void read_value(Token& token) {
    ++at_;
    token.kind = Token::Kind::value;
    std::string_view id;
    if (peek() == '"') {
      token.text = read_quoted();
      const size_t begin = at_ + 1;
      if (take_plain().substr(0, 1) != ".") fail("a value ends in its number, such as %alpha.12");
      id = text_.substr(begin, at_ - begin);
    } else {
      const size_t begin = at_;
      const std::string whole = take_plain();
      const size_t dot = whole.rfind('.');
      if (dot != std::string::npos) token.text = whole.substr(0, dot);
      const size_t skip = dot == std::string::npos ? 0 : dot + 1;
      id = text_.substr(begin + skip, whole.size() - skip);
    }
    token.integer = number<ValueId>(id, "value: it ends in its number, such as %alpha.12");
  }

  uint32_t read_part(char after) {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    const uint32_t part = number<uint32_t>(text_.substr(begin, at_ - begin), "place: it reads @file:begin-end");
    if (after == '\0') return part;
    if (peek() != after) fail("not a proper place: it reads @file:begin-end");
    ++at_;
    return part;
  }

  void read_place(Token& token) {
    ++at_;
    token.kind = Token::Kind::place;
    token.place.file = read_part(':');
    token.place.begin = read_part('-');
    token.place.end = read_part('\0');
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<GraphToken> lex_graph(std::string_view text, std::optional<GraphLexError>& error) {
  try {
    return Lexer(text).run();
  } catch (const GraphLexError& failure) {
    error = failure;
    return {GraphToken{}};
  }
}

}  // namespace duet
