#pragma once

#include <cstdint>

namespace duet {

/// A half-open range of bytes in one source file. File 0 is "no file": the span of things the user did not write.
struct Span {
  uint32_t file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool known() const { return file != 0; }
  bool operator==(const Span&) const = default;
};

/// The smallest span covering both; spans of different files give `a`.
inline Span cover(Span a, Span b) {
  if (!a.known()) return b;
  if (!b.known() || a.file != b.file) return a;
  return {a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

}  // namespace duet
