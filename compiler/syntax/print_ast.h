#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "compiler/base/source.h"
#include "compiler/syntax/ast.h"

namespace duet {

/// The tree as text: one part on a line, indented by depth, as "role: kind `text` @line:column".
std::string print_ast(const ast::File& file, const SourceMap& sources);

/// The same without places: equal for two trees that mean the same.
std::string print_ast_shape(const ast::File& file);

/// One expression as text, with places.
std::string print_ast(const ast::Expr& expr, const SourceMap& sources);

/// The tree as JSON: {"kind", "text"?, "role"?, "line"?, "column"?, "begin"?, "end"?, "parts"?}; begin and end are bytes.
nlohmann::ordered_json ast_json(const ast::File& file, const SourceMap& sources);

}  // namespace duet
