#pragma once

#include <cstdint>
#include <string>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"

namespace duet {

/// The text of a file in the one layout: two spaces for each brace or open bracket, two more for a line that continues a
/// clause, one space between tokens where any belongs, no two blank lines, "\n" line ends. The user's line breaks and
/// comments stay, and so do columns: what stands below something else after more than one space stays below it.
/// The syntax tree of the result is that of the file, and formatting it again changes nothing.
/// A file with syntax errors is not touched: they are reported, and its text is returned.
std::string format(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace duet
