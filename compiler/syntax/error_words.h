#pragma once

// Private to compiler/syntax: includes ANTLR.

#include "compiler/syntax/input.h"

namespace duet::syntax {

/// A place where the parser could not go on.
struct Failure {
  const antlr4::ParserRuleContext* context;   ///< the rule it was in
  const antlr4::Token* token;                 ///< the token that does not fit
  antlr4::misc::IntervalSet expected;         ///< the types that would
};

/// Whether the rule is a list of clauses, statements or items, most of them between braces.
bool is_body(size_t rule);

/// Whether the rule is one entry of such a list: where recovery from an error takes place.
bool is_entry(size_t rule);

/// Reports a failure in words, with a suggestion where one can be made.
void report_failure(const Input& input, const Failure& failure, Diagnostics& diagnostics);

}  // namespace duet::syntax
