#pragma once

#include <string_view>

#include "compiler/base/diagnostic.h"
#include "runtime/program/program.h"

namespace duet {

/// Reads what `print` writes. Stops at the first mistake and adds it to `diagnostics` as E0190, the message starting
/// with "line:column: "; the program is then empty. If `file` is the id of this text in a source map, the
/// diagnostic points there too.
/// Only the form is checked here; `verify` checks what it means.
Program parse_graph(std::string_view text, Diagnostics& diagnostics, uint32_t file = 0);

}  // namespace duet
