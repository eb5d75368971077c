#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/span.h"

namespace duet {

/// A place as people count it: both start at 1, and a column is one UTF-8 code point.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
  bool operator==(const Position&) const = default;
};

/// Owns the text of every source file and answers where an offset lies. Lines end at "\n", "\r\n" or a lone "\r".
/// A leading byte order mark is blanked to three spaces: readers see white space, offsets stay those of the file on
/// disk, and it counts neither as a column nor as part of the first line. Views stay valid as long as the map lives.
class SourceMap {
 public:
  /// Adds a text under a name and returns its file id (1, 2, ...). Any bytes are accepted.
  uint32_t add(std::string path, std::string text);

  /// Reads a file from disk and adds it under `path`. Each call reads again and gives a new id.
  /// Throws Error E0001 (there is none), E0002 (a folder, unreadable, too large), E0003 (not UTF-8, or contains NUL).
  uint32_t load(const std::string& path);

  /// The latest file added under exactly this path.
  std::optional<uint32_t> find(std::string_view path) const;

  /// Whether `file` is an id of this map.
  bool has(uint32_t file) const { return file >= 1 && file <= files_.size(); }

  /// The number of files; ids run from 1 to this.
  uint32_t size() const { return static_cast<uint32_t>(files_.size()); }

  // The functions below require has(file).

  /// The whole text (a byte order mark blanked).
  std::string_view text(uint32_t file) const;

  /// The text under a span, cut at the end of the file; empty for an unknown span.
  std::string_view text(Span span) const;

  const std::string& path(uint32_t file) const;

  /// Line and column of a byte offset. Beyond the end of the file or within a line end: just after the last character.
  Position position(uint32_t file, uint32_t offset) const;

  /// The number of lines, at least 1: text after the last line end counts as a line, even when it is empty.
  uint32_t line_count(uint32_t file) const;

  /// The text of a line (1..line_count) without its line end.
  std::string_view line_text(uint32_t file, uint32_t line) const;

  /// The offset of the first character of a line, and the offset just after its last (where its line end starts).
  uint32_t line_begin(uint32_t file, uint32_t line) const;
  uint32_t line_end(uint32_t file, uint32_t line) const;

  /// "path:line:column" of the start of a span; empty for an unknown span.
  std::string place(Span span) const;

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<uint32_t> line_begins;
  };
  const File& at(uint32_t file) const;

  std::deque<File> files_;  // a deque, so that views survive the next add()
};

}  // namespace duet
