#pragma once

#include <cstdint>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/syntax/ast.h"

namespace duet {

/// Parses a file of the map. Always returns a tree: clauses, statements and items with a syntax error (E01xx, reported in
/// `diagnostics`) are left out of it. Never throws on account of the text; any bytes will do.
ast::File parse(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics);

/// What one entry at the REPL's prompt holds: uses, items, declarations and statements in any number, or one expression.
struct ReplEntry {
  std::vector<ast::Use> uses;
  std::vector<ast::Item> items;
  std::vector<ast::MemoryDecl> memories;
  std::vector<ast::Instance> instances;
  ast::Block statements;
  ast::ExprPtr expression;  ///< alone when it is there; may be an ast::ExprKind::where
  bool incomplete = false;  ///< nothing is wrong so far, the text only ends too early
};

/// Parses an entry of the REPL. When `incomplete` is set, `diagnostics` has the error for a user who will not go on:
/// a prompt that asks for another line drops it.
ReplEntry parse_entry(const SourceMap& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace duet
