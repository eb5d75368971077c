#pragma once

#include <span>
#include <string_view>

#include "compiler/syntax/ast.h"

namespace duet {

class Session;

/// What stands after a command's name.
struct CommandArgument {
  std::string_view text;                  // without spaces at its ends
  const ast::Expr* expression = nullptr;  // the same, parsed, if the command takes an expression
};

struct Command {
  std::string_view name;  // without the colon
  std::string_view argument, doc;
  enum class Takes { nothing, text, optional_text, expression } takes;
  bool (*run)(Session&, const CommandArgument&);  // null: leaves the prompt
};

/// All commands, in the order of `:help`.
std::span<const Command> commands();

}  // namespace duet
