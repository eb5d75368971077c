#pragma once

#include <cstddef>
#include <string_view>

namespace duet {

/// One decoded code point. Malformed input gives `valid == false`, U+FFFD and a length of one byte.
struct CodePoint {
  char32_t value = 0;
  size_t length = 1;  ///< bytes
  bool valid = true;
};

/// Decodes the code point at `offset` (less than text.size()). Overlong forms, surrogates and values beyond U+10FFFF
/// are malformed.
CodePoint decode_utf8(std::string_view text, size_t offset);

/// The offset of the first byte that is not part of well-formed UTF-8, or is a NUL; npos when all of it is text.
size_t first_bad_byte(std::string_view text);

/// The number of code points; a malformed byte counts as one.
size_t count_code_points(std::string_view text);

/// The columns a terminal gives to a code point: 0 for combining marks, 2 for wide East Asian characters and emoji,
/// else 1.
int display_width(char32_t value);

}  // namespace duet
