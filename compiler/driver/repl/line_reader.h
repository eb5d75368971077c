#pragma once

#include <iosfwd>
#include <string>

namespace duet {

struct Line {
  enum class Kind { text, end, interrupted };
  Kind kind = Kind::end;
  std::string text;
};

/// Where the lines of a session come from.
class LineReader {
 public:
  virtual ~LineReader() = default;
  /// The next line, without its end.
  virtual Line read(const std::string& prompt) = 0;
};

/// Lines of a pipe or a file, as they are.
class PlainReader : public LineReader {
 public:
  /// With `echo`, prompts and lines are written there.
  PlainReader(std::istream& input, std::ostream* echo) : input_(input), echo_(echo) {}
  Line read(const std::string& prompt) override;

 private:
  std::istream& input_;
  std::ostream* echo_;
};

}  // namespace duet
