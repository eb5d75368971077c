#include "compiler/base/excerpt.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "compiler/base/paint.h"
#include "compiler/base/utf8.h"

namespace duet {
namespace {

constexpr std::string_view kClip = "...";

// What one label marks on one line: display columns [begin, end), and the words beside it.
struct Mark {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
  bool primary = false;
};

// A source line as a terminal shows it: tabs expanded, control characters replaced.
class DisplayLine {
 public:
  DisplayLine(std::string_view source, int tab_width) {
    size_t column = 0;
    for (size_t i = 0; i < source.size();) {
      const CodePoint point = decode_utf8(source, i);
      const bool tab = point.value == '\t';
      const size_t width = tab ? tab_width - column % tab_width : display_width(point.value);
      cells_.push_back({i, column, tab ? std::string(width, ' ') : printable(source.substr(i, point.length))});
      column += width;
      i += point.length;
    }
    cells_.push_back({source.size(), column, ""});
  }

  size_t width() const { return cells_.back().column; }

  // The display column of the character that holds byte `offset` of the line.
  size_t column(size_t offset) const {
    const auto after = std::upper_bound(cells_.begin(), cells_.end(), offset,
                                        [](size_t wanted, const Cell& cell) { return wanted < cell.offset; });
    return std::prev(after)->column;
  }

  // The display column where a range that ends before byte `offset` ends: a character cut in two counts whole.
  size_t end_column(size_t offset) const {
    const auto at = std::lower_bound(cells_.begin(), cells_.end(), offset,
                                     [](const Cell& cell, size_t wanted) { return cell.offset < wanted; });
    return at == cells_.end() ? width() : at->column;
  }

  // The characters whose columns lie in [from, to).
  std::string slice(size_t from, size_t to) const {
    std::string out;
    for (const Cell& cell : cells_) {
      if (cell.column >= from && cell.column < to) out += cell.text;
    }
    return out;
  }

 private:
  struct Cell {
    size_t offset;
    size_t column;
    std::string text;
  };
  std::vector<Cell> cells_;
};

struct LineRange {
  uint32_t first, last;
};

// The lines a span touches. One that ends just after a line end does not touch the next line.
LineRange lines_of(Span span, const SourceMap& sources) {
  const uint32_t first = sources.position(span.file, span.begin).line;
  const uint32_t end = std::max(span.begin, span.end);
  const uint32_t last = sources.position(span.file, end).line;
  const bool only_line_end = last > first && end <= sources.line_begin(span.file, last);
  return {first, only_line_end ? last - 1 : last};
}

Mark mark_on(uint32_t line, const Label& label, const DisplayLine& display, const SourceMap& sources) {
  const Span span = label.span;
  const LineRange lines = lines_of(span, sources);
  const std::string_view text = sources.line_text(span.file, line);
  const uint32_t start = sources.line_begin(span.file, line);
  const size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
  const size_t from = line == lines.first ? std::min<size_t>(std::max(span.begin, start) - start, text.size()) : indent;
  const size_t to = line == lines.last ? std::min<size_t>(std::max(span.end, start) - start, text.size()) : text.size();
  Mark mark;
  mark.begin = display.column(from);
  mark.end = std::max(display.end_column(to), mark.begin + 1);  // an empty span still gets one caret
  mark.primary = label.primary;
  if (line == lines.last) mark.text = printable(label.text);
  return mark;
}

// Narrows a line that is too wide to a window around its marks, and moves the marks along. Returns the visible text.
std::string clip(const DisplayLine& display, std::vector<Mark>& marks, size_t max_columns) {
  if (display.width() <= max_columns) return display.slice(0, display.width());
  const auto primary = std::find_if(marks.begin(), marks.end(), [](const Mark& mark) { return mark.primary; });
  const Mark focus = marks.empty() ? Mark{} : primary == marks.end() ? marks.front() : *primary;
  const size_t inner = max_columns - 2 * kClip.size();
  const size_t length = std::min(focus.end - focus.begin, inner);
  const size_t lead = std::min(focus.begin, (inner - length) / 2);
  const size_t from = std::min(focus.begin - lead, display.width() + 1 > inner ? display.width() + 1 - inner : 0);
  const size_t to = std::min(from + inner, display.width());
  const std::string left(from > 0 ? kClip : "");
  const std::string right(to < display.width() ? kClip : "");
  const size_t shift = left.size();
  const size_t last = shift + (to - from) + right.size();
  for (Mark& mark : marks) {  // a mark outside the window is shown at its edge, under the dots
    const auto moved = [&](size_t column) { return column < from ? 0 : std::min(column - from + shift, last); };
    mark.begin = std::min(moved(mark.begin), right.empty() ? last : last - 1);
    mark.end = std::max(moved(mark.end), mark.begin + 1);
  }
  return left + display.slice(from, to) + right;
}

Ink ink_of(const Mark& mark, Ink primary) {
  return mark.primary ? primary : Ink::secondary;
}

// The rows under a source line: one of underlines, ending in the words of the last mark, and below it the words of the
// others, each hanging from its mark.
std::vector<std::string> rows_under(std::vector<Mark> marks, Ink primary, bool colours) {
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.begin < b.begin; });
  Row underlines;
  size_t end = 0;
  for (const bool pass : {false, true}) {  // primary marks over secondary ones
    for (const Mark& mark : marks) {
      end = std::max(end, mark.end);
      if (mark.primary == pass) {
        underlines.fill(mark.begin, mark.end - mark.begin, pass ? '^' : '-', ink_of(mark, primary));
      }
    }
  }
  std::vector<Mark> hanging;
  for (const Mark& mark : marks) {
    if (!mark.text.empty()) hanging.push_back(mark);
  }
  if (!hanging.empty() && hanging.back().end == end) {
    underlines.append(end + 1, hanging.back().text, ink_of(hanging.back(), primary));
    hanging.pop_back();
  }
  std::vector<std::string> rows{underlines.str(colours)};
  const auto stems = [&](Row& row, size_t count) {
    for (size_t i = 0; i < count; ++i) row.fill(hanging[i].begin, 1, '|', ink_of(hanging[i], primary));
  };
  if (!hanging.empty()) {
    Row row;
    stems(row, hanging.size());
    rows.push_back(row.str(colours));
  }
  for (; !hanging.empty(); hanging.pop_back()) {
    Row row;
    const Mark& mark = hanging.back();
    size_t left = hanging.size() - 1;
    while (left > 0 && hanging[left - 1].begin == mark.begin) --left;  // stems to the left only
    stems(row, left);
    row.append(mark.begin, mark.text, ink_of(mark, primary));
    rows.push_back(row.str(colours));
  }
  return rows;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

uint32_t last_line(const Label& label, const SourceMap& sources) {
  return lines_of(label.span, sources).last;
}

std::string gutter_text(uint32_t line, size_t gutter, const RenderOptions& options) {
  const std::string number = line == 0 ? "" : std::to_string(line);
  const std::string padding(gutter - std::min(gutter, number.size()), ' ');
  return paint("  " + padding + number + " |", Ink::gutter, options.colours);
}

std::string render_excerpt(uint32_t file, const std::vector<Label>& labels, const SourceMap& sources, size_t gutter,
                           Ink ink, const RenderOptions& options) {
  std::map<uint32_t, std::vector<const Label*>> lines;  // every line shown, with the labels that mark it
  for (const Label& label : labels) {
    const LineRange range = lines_of(label.span, sources);
    lines[range.first].push_back(&label);
    if (range.last != range.first) lines[range.last].push_back(&label);
  }
  std::string out;
  uint32_t previous = 0;
  const auto show = [&](uint32_t line, const std::vector<const Label*>& here) {
    const DisplayLine display(sources.line_text(file, line), std::max(1, options.tab_width));
    std::vector<Mark> marks;
    for (const Label* label : here) marks.push_back(mark_on(line, *label, display, sources));
    const size_t widest = static_cast<size_t>(std::max(20, options.max_columns));
    const std::string text = clip(display, marks, widest);
    out += trimmed(gutter_text(line, gutter, options) + " " + text) + "\n";
    if (marks.empty()) return;
    for (const std::string& row : rows_under(marks, ink, options.colours)) {
      out += gutter_text(0, gutter, options) + " " + row + "\n";
    }
  };
  for (const auto& [line, here] : lines) {
    if (previous != 0 && line == previous + 2) show(previous + 1, {});  // a gap of one line is not worth the dots
    if (previous != 0 && line > previous + 2) out += paint("  ...", Ink::gutter, options.colours) + "\n";
    show(line, here);
    previous = line;
  }
  return out;
}

}  // namespace duet
