#include "compiler/driver/repl/line_reader.h"

#include <istream>
#include <ostream>

namespace duet {

Line PlainReader::read(const std::string& prompt) {
  std::string text;
  if (!std::getline(input_, text)) return {};
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (echo_) *echo_ << prompt << text << "\n";
  return {Line::Kind::text, std::move(text)};
}

}  // namespace duet
