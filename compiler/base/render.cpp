#include "compiler/base/render.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "compiler/base/excerpt.h"
#include "compiler/base/paint.h"

namespace duet {
namespace {

std::string header(const Diagnostic& diagnostic, const SourceMap& sources, bool colours) {
  const std::string place = printable(sources.place(diagnostic.place()));
  const std::string code = diagnostic.code.empty() ? "" : "[" + diagnostic.code + "]";
  const std::string kind = std::string(name_of(diagnostic.severity)) + code;
  return (place.empty() ? "" : paint(place + ":", Ink::bold, colours) + " ") +
         paint(kind + ":", ink_of(diagnostic.severity), colours) + " " +
         paint(printable(diagnostic.message, true), Ink::bold, colours) + "\n";
}

// "= kind: text", with further lines of the text indented under the first.
std::string remark(std::string_view kind, std::string_view text, size_t gutter, bool colours) {
  const std::string start = std::string(gutter + 3, ' ');
  const std::string indent = "\n" + std::string(start.size() + kind.size() + 4, ' ');
  std::string out = start + paint("=", Ink::gutter, colours) + " " + paint(kind, Ink::bold, colours) + ": ";
  for (const char c : printable(text, true)) {
    if (c == '\n') {
      out += indent;
    } else {
      out += c;
    }
  }
  return out + "\n";
}

std::string counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string joined_counts(size_t errors, size_t warnings, std::string_view more) {
  std::string out;
  if (errors > 0) out += counted(errors, std::string(more) + "error");
  if (errors > 0 && warnings > 0) out += ", ";
  if (warnings > 0) out += counted(warnings, std::string(more) + "warning");
  return out;
}

}  // namespace

std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources, const RenderOptions& options) {
  std::map<uint32_t, std::vector<Label>> by_file;
  std::vector<std::string> notes;
  uint32_t widest_line = 1;
  for (const Label& label : diagnostic.labels) {
    if (sources.has(label.span.file)) {
      by_file[label.span.file].push_back(label);
      widest_line = std::max(widest_line, last_line(label, sources));
    } else if (!label.text.empty()) {
      notes.push_back(label.text);  // a label without a place still has something to say
    }
  }
  notes.insert(notes.end(), diagnostic.notes.begin(), diagnostic.notes.end());

  const size_t gutter = std::to_string(widest_line).size();
  const Ink ink = ink_of(diagnostic.severity);
  std::string out = header(diagnostic, sources, options.colours);
  const uint32_t home = diagnostic.place().file;
  if (by_file.contains(home)) out += render_excerpt(home, by_file[home], sources, gutter, ink, options);
  for (const auto& [file, labels] : by_file) {
    if (file == home) continue;
    const std::string arrow = paint(std::string(gutter + 2, ' ') + ":::", Ink::gutter, options.colours);
    out += arrow + " " + printable(sources.place(labels.front().span)) + "\n";
    out += render_excerpt(file, labels, sources, gutter, ink, options);
  }
  for (const std::string& note : notes) out += remark("note", note, gutter, options.colours);
  if (!diagnostic.help.empty()) out += remark("help", diagnostic.help, gutter, options.colours);
  return out;
}

std::string render_text(const Diagnostics& diagnostics, const SourceMap& sources, const RenderOptions& options) {
  const Selection selection = diagnostics.select(options.limit);
  std::string out;
  for (const Diagnostic& diagnostic : selection.shown) {
    if (!out.empty()) out += "\n";
    out += render_text(diagnostic, sources, options);
  }
  const std::string hidden = joined_counts(selection.hidden_errors, selection.hidden_warnings, "more ");
  if (!hidden.empty()) out += "\n... and " + hidden + "\n";
  return out;
}

std::string summary(const Diagnostics& diagnostics) {
  return joined_counts(diagnostics.errors(), diagnostics.warnings(), "");
}

}  // namespace duet
