#include "compiler/syntax/input.h"

#include <unordered_map>

#include "compiler/base/utf8.h"

namespace duet::syntax {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Literals {
  std::vector<std::string> texts;
  std::unordered_map<std::string_view, size_t> types;

  Literals() {
    std::vector<antlr4::Token*> none;
    antlr4::ANTLRInputStream empty;
    duet_antlr::DuetLexer lexer(&empty);
    const antlr4::dfa::Vocabulary& vocabulary = lexer.getVocabulary();
    texts.resize(vocabulary.getMaxTokenType() + 1);
    for (size_t type = 1; type < texts.size(); ++type) {
      std::string quoted = vocabulary.getLiteralName(type);
      if (quoted.size() > 2) texts[type] = quoted.substr(1, quoted.size() - 2);
    }
    for (size_t type = 1; type < texts.size(); ++type) {
      if (!texts[type].empty()) types.emplace(texts[type], type);
    }
  }
};

const Literals& literals() {
  static const Literals table;
  return table;
}

bool visible(const antlr4::Token* token) { return token->getChannel() == antlr4::Token::DEFAULT_CHANNEL; }

}  // namespace

size_t literal_type(std::string_view literal) {
  auto found = literals().types.find(literal);
  return found == literals().types.end() ? 0 : found->second;
}

std::string_view literal_text(size_t type) {
  return type < literals().texts.size() ? std::string_view(literals().texts[type]) : std::string_view();
}

Input::Input(const SourceMap& sources, uint32_t file, Diagnostics* diagnostics) : sources_(sources), file_(file) {
  characters_ = std::make_unique<antlr4::ANTLRInputStream>(decode());
  lexer_ = std::make_unique<duet_antlr::DuetLexer>(characters_.get());
  lexer_->removeErrorListeners();
  std::vector<std::unique_ptr<antlr4::Token>> all = lexer_->getAllTokens();
  all.push_back(lexer_->nextToken());  // the end of the file: the list must not be empty
  source_ = std::make_unique<antlr4::ListTokenSource>(std::move(all));
  stream_ = std::make_unique<antlr4::CommonTokenStream>(source_.get());
  stream_->fill();
  tokens_ = stream_->getTokens();
  if (diagnostics) repair(*this, *diagnostics);
  stream_->seek(0);
}

// The text as well-formed UTF-8, one code point for each malformed byte, noting where the code points lie.
std::string Input::decode() {
  std::string_view text = sources_.text(file_);
  size_ = static_cast<uint32_t>(text.size());
  bool ascii = true;
  for (char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) return std::string(text);
  std::string clean;
  offsets_.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    CodePoint point = decode_utf8(text, at);
    offsets_.push_back(static_cast<uint32_t>(at));
    // ANTLR would drop a byte order mark; SourceMap has blanked one at the start.
    if (point.valid && point.value != 0xFEFF) {
      clean.append(text.substr(at, point.length));
    } else {
      clean.append(kReplacement);
    }
    at += point.length;
  }
  return clean;
}

uint32_t Input::byte_of(size_t code_point) const {
  if (offsets_.empty()) return code_point < size_ ? static_cast<uint32_t>(code_point) : size_;
  return code_point < offsets_.size() ? offsets_[code_point] : size_;
}

Span Input::span(const antlr4::Token* token) const {
  if (token->getType() == antlr4::Token::EOF) {
    const antlr4::Token* last = previous(token);
    uint32_t end = last ? span(last).end : 0;
    return {file_, end, end};
  }
  return {file_, byte_of(token->getStartIndex()), byte_of(token->getStopIndex() + 1)};
}

Span Input::span(const antlr4::ParserRuleContext* context) const {
  const antlr4::Token* first = context->start;
  const antlr4::Token* last = context->stop;
  if (!last || last->getTokenIndex() < first->getTokenIndex()) {  // a rule that matched nothing
    uint32_t begin = span(first).begin;
    return {file_, begin, begin};
  }
  return cover(span(first), span(last));
}

const antlr4::Token* Input::previous(const antlr4::Token* token) const {
  for (size_t i = token->getTokenIndex(); i > 0; --i) {
    if (visible(tokens_[i - 1])) return tokens_[i - 1];
  }
  return nullptr;
}

const antlr4::Token* Input::next(const antlr4::Token* token) const {
  for (size_t i = token->getTokenIndex() + 1; i < tokens_.size(); ++i) {
    if (visible(tokens_[i])) return tokens_[i];
  }
  return nullptr;
}

bool Input::starts_line(const antlr4::Token* token) const {
  const antlr4::Token* before = previous(token);
  return !before || before->getLine() < token->getLine();
}

}  // namespace duet::syntax
