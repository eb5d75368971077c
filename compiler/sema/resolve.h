#pragma once

#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/sema/library.h"

namespace duet {

/// Reports names in a learner, model, planner or function that mean nothing anywhere in it (E0203), so that a library
/// is checked without anyone using it. A name counts as known if the definition binds it somewhere, the language has it
/// (`builtins`), or a definition in scope has it; where it is visible is checked when the definition is used.
void resolve_names(const ast::Item& item, const Library& library, const std::vector<std::string>& builtins,
                   Diagnostics& diagnostics);

}  // namespace duet
