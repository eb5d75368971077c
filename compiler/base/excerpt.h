#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/paint.h"
#include "compiler/base/render.h"
#include "compiler/base/source.h"

namespace duet {

/// The source lines of one file with the marks of `labels` (which all lie in it) under them: ^^^^ primary, ----
/// secondary. A span over several lines is marked on its first and last. `gutter` is the width of the line numbers and
/// `ink` the colour of primary marks.
std::string render_excerpt(uint32_t file, const std::vector<Label>& labels, const SourceMap& sources, size_t gutter,
                           Ink ink, const RenderOptions& options);

/// The last line that render_excerpt shows for a label.
uint32_t last_line(const Label& label, const SourceMap& sources);

/// "  12 | ", or with line 0 the same width without a number.
std::string gutter_text(uint32_t line, size_t gutter, const RenderOptions& options);

}  // namespace duet
