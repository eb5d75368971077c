#pragma once

#include <functional>
#include <string>

#include "compiler/base/source.h"
#include "runtime/program/program.h"

namespace duet {

struct PrintOptions {
  bool spans = false;                  // write `@file:begin-end` after nodes that have a place
  const SourceMap* sources = nullptr;  // if given, `// path:line` ends the line of every node that has a place
  std::function<std::string(const Node&)> remark = {};  // if given, what it says ends the line of a node, too
};

/// The program as text that people can read and `parse_graph` reads back:
///
///   state 0 agent.log_alpha: real = constant 0.0
///   memory 0 real: 1000000
///   main {
///     %a.0: real = load() state=0
///     %1: real[H: 5], %sum.2: real = scan(%a.0) axis="H" carries=1 count=5 from=0 sequences=0 do (%h.3: real, ...) {
///       ...
///       yield %5, %6
///     }
///   }
///
/// Values are `%id` or `%name.id`. With the option `spans` the text gives everything back but values nobody uses.
std::string print(const Program& program, const PrintOptions& options = {});

/// The same for one block of the program, without braces: nodes one per line and the final `yield`.
std::string print_block(const Program& program, const Block& block, const PrintOptions& options = {});

/// One node on one line, blocks left out; for messages.
std::string print_head(const Program& program, const Node& node);

/// How a state starts, as in the text: `uniform 0.05`, `copy 3`.
std::string initial_text(const Initial& initial);

}  // namespace duet
