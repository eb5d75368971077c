#include "compiler/base/paint.h"

#include "compiler/base/utf8.h"

namespace duet {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view escape_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      break;
    case Ink::bold:
      return "\033[1m";
    case Ink::gutter:
    case Ink::secondary:
      return "\033[1;34m";
    case Ink::error:
      return "\033[1;31m";
    case Ink::warning:
      return "\033[1;33m";
    case Ink::note:
      return "\033[1;36m";
  }
  return "";
}

}  // namespace

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return Ink::error;
    case Severity::warning:
      return Ink::warning;
    case Severity::note:
      break;
  }
  return Ink::note;
}

std::string paint(std::string_view text, Ink ink, bool colours) {
  if (!colours || text.empty() || ink == Ink::plain) return std::string(text);
  return std::string(escape_of(ink)).append(text).append("\033[0m");
}

void Row::fill(size_t column, size_t count, char character, Ink ink) {
  if (cells_.size() < column + count) cells_.resize(column + count);
  for (size_t i = column; i < column + count; ++i) cells_[i] = {character, ink};
}

void Row::append(size_t column, std::string_view text, Ink ink) {
  if (cells_.size() < column) cells_.resize(column);
  tail_ = text;
  tail_ink_ = ink;
}

std::string Row::str(bool colours) const {
  size_t length = cells_.size();
  if (tail_.empty()) {
    while (length > 0 && cells_[length - 1].character == ' ') --length;
  }
  std::string out;
  for (size_t i = 0; i < length;) {
    std::string run;
    const Ink ink = cells_[i].ink;
    for (; i < length && cells_[i].ink == ink; ++i) run += cells_[i].character;
    out += paint(run, ink, colours);
  }
  return out + paint(tail_, tail_ink_, colours);
}

std::string printable(std::string_view text, bool keep_newlines) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
    if (!point.valid || (control && !(keep_newlines && point.value == '\n'))) {
      out += kReplacement;
    } else {
      out += text.substr(i, point.length);
    }
    i += point.length;
  }
  return out;
}

}  // namespace duet
