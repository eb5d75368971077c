#pragma once

#include <string>

#include "compiler/syntax/ast.h"

namespace duet {

/// What the comments say of a definition, without `//`: those directly above it or, without any, those that `file`
/// begins with. Empty if there are none.
std::string documentation_of(const ast::Item& item, const ast::File& file);

/// The first sentence of a documentation, on one line.
std::string first_sentence(const std::string& doc);

}  // namespace duet
