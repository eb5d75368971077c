#pragma once

#include <cstddef>
#include <string>

namespace duet {

/// Three digits and a unit: 12345678 -> "12.3 M" (of 1000 each); below a thousand the number as it is.
std::string short_count(double number);

/// 123456 -> "121 KiB".
std::string short_bytes(size_t bytes);

/// The text with blanks before it until it is `width` long; with blanks after it.
std::string right_aligned(const std::string& text, size_t width);
std::string left_aligned(std::string text, size_t width);

/// `value` with `digits` behind the point.
std::string fixed(double value, int digits);

}  // namespace duet
