#include "compiler/driver/header_comment.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace duet {

namespace {

/// The comment that a file begins with.
std::string header_of(const ast::File& file) {
  uint32_t first = UINT32_MAX;
  for (const ast::Use& use : file.uses) first = std::min(first, use.span.begin);
  for (const ast::Item& item : file.items) first = std::min(first, item.span.begin);
  std::string text;
  for (const ast::Comment& comment : file.comments) {
    if (comment.span.begin > first) break;
    const size_t words = comment.text.find_first_not_of("/ ");
    text += (text.empty() ? "" : "\n") + (words == std::string::npos ? "" : comment.text.substr(words));
  }
  return text;
}

}  // namespace

std::string documentation_of(const ast::Item& item, const ast::File& file) {
  return item.doc.empty() ? header_of(file) : item.doc;
}

std::string first_sentence(const std::string& doc) {
  std::string sentence;
  for (const char c : doc) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && !sentence.empty() && sentence.back() == '.') break;
    if (!space)
      sentence += c;
    else if (!sentence.empty() && sentence.back() != ' ')
      sentence += ' ';
  }
  while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == '.')) sentence.pop_back();
  return sentence;
}

}  // namespace duet
