#pragma once

#include <string>
#include <vector>

#include "compiler/sema/library.h"

namespace duet {

/// What helps with a name that means nothing in a script: "`use std.nets` brings it" if a file of algorithms/std that
/// is not loaded defines it; for `first` where it may stand; else "did you mean" one of the `known`; empty if nothing
/// fits. It is meant for DiagnosticBuilder::help.
std::string help_with_unknown(const std::string& name, const std::vector<std::string>& known, const Library& library);

}  // namespace duet
