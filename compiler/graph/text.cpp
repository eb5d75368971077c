#include "compiler/graph/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <type_traits>

namespace duet {

namespace {

std::string element_text(int64_t value) {
  return std::to_string(value);
}
std::string element_text(double value) {
  return real_text(value);
}
std::string element_text(const std::string& value) {
  return quoted(value);
}

template <typename T>
std::string list_text(const std::vector<T>& list) {
  if (list.empty()) return std::is_same_v<T, int64_t> ? "[int]" : std::is_same_v<T, double> ? "[real]" : "[text]";
  std::string text = "[";
  for (size_t i = 0; i < list.size(); ++i) text += (i ? ", " : "") + element_text(list[i]);
  return text + "]";
}

struct AttributeText {
  template <typename T>
  std::string operator()(const std::vector<T>& list) const {
    return list_text(list);
  }
  template <typename T>
  std::string operator()(const T& value) const {
    return element_text(value);
  }
};

}  // namespace

bool is_plain_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_plain_char(char c) {
  return is_plain_start(c) || (c >= '0' && c <= '9') || c == '.' || c == '\'';
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && is_plain_start(name[0]) && std::all_of(name.begin(), name.end(), is_plain_char);
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string name_text(std::string_view name) {
  return is_plain_name(name) ? std::string(name) : quoted(name);
}

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string value_text(const Program& program, ValueId id) {
  const std::string number = std::to_string(id);
  if (!has_value(program, id)) return "%" + number;
  const std::string& name = program.values[static_cast<size_t>(id)].name;
  return name.empty() ? "%" + number : "%" + name_text(name) + "." + number;
}

std::string type_text(const Type& type) {
  std::string text = type.kind == Kind::real ? "real" : type.kind == Kind::boolean ? "bool" : "index";
  if (type.axes.empty()) return text;
  text += '[';
  for (size_t i = 0; i < type.axes.size(); ++i) {
    const Axis& axis = type.axes[i];
    text += (i ? ", " : "") + name_text(axis.name);
    if (axis.size != kUnknownSize) text += ": " + std::to_string(axis.size);
  }
  return text + ']';
}

std::string definition_text(const Program& program, ValueId id) {
  return value_text(program, id) + ": " + (has_value(program, id) ? type_text(program.type(id)) : "real");
}

std::string attribute_text(const Attribute& attribute) {
  return std::visit(AttributeText{}, attribute);
}

}  // namespace duet
