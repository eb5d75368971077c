#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"

namespace duet {

struct RenderOptions {
  bool colours = false;  ///< ANSI escape sequences
  int tab_width = 4;
  int max_columns = 100;  ///< longer source lines are clipped around their marks
  size_t limit = Diagnostics::kLimit;
};

/// One diagnostic as text, ending in a newline:
///   reach.duet:3:11: error[E0312]: axes do not agree
///     3 |   let y = a + b
///       |           -   ^ real[obs]
///       |           |
///       |           real[action]
///     = note: ...
///     = help: ...
std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources, const RenderOptions& options = {});

/// All of them (see Diagnostics::select) with an empty line between, and a line saying how many more there are.
std::string render_text(const Diagnostics& diagnostics, const SourceMap& sources, const RenderOptions& options = {});

/// "2 errors, 1 warning"; empty when there are none of either.
std::string summary(const Diagnostics& diagnostics);

/// One diagnostic as JSON: severity, code, message, help (null if none), notes, labels. A label has text, primary,
/// file, line, column, end_line, end_column (counted from 1, the end is just after the last character) and the byte
/// offsets begin and end; a label without a place has file null and none of the numbers.
nlohmann::ordered_json to_json(const Diagnostic& diagnostic, const SourceMap& sources);

/// All of them as a JSON text: {"errors": n, "warnings": n, "hidden": n, "diagnostics": [...]}, ending in a newline.
std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources, size_t limit = Diagnostics::kLimit);

}  // namespace duet
