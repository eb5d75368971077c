#pragma once

#include <string>
#include <string_view>

#include "runtime/program/program.h"

/// The small pieces that graph text is made of; the printer, the DOT writer and the verifier share them.
namespace duet {

/// Whether `name` can stand in graph text without quotes: letters, digits, `_`, `.` and `'`, not starting with a digit.
bool is_plain_name(std::string_view name);
bool is_plain_start(char c);
bool is_plain_char(char c);

/// `text` in double quotes, with \" \\ \n \t and \xHH for other control characters.
std::string quoted(std::string_view text);

/// `name` itself if it is plain, else quoted.
std::string name_text(std::string_view name);

/// The shortest text that reads back as exactly `value`, always recognisable as a real: `2.0`, `1e-05`, `-inf`.
std::string real_text(double value);

/// `%12`, or `%alpha.12` for a value the user named.
std::string value_text(const Program& program, ValueId id);

/// Like `to_string`, with odd axis names quoted.
std::string type_text(const Type& type);

/// `%alpha.12: real[obs: 17]`.
std::string definition_text(const Program& program, ValueId id);

/// `5`, `0.5`, `"adam"`, `[1, 2]`; empty lists say what they are lists of: `[int]`, `[real]`, `[text]`.
std::string attribute_text(const Attribute& attribute);

/// Whether `id` is a value of the program.
inline bool has_value(const Program& program, ValueId id) {
  return id >= 0 && static_cast<size_t>(id) < program.values.size();
}

}  // namespace duet
