#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// A piece of work that a pass took out of a program, for `duet explain`.
struct Note {
  Span span;         // the expression whose work it was
  std::string what;  // "the layer is computed for one of 2 along twin"
  double flops = 0;  // saved each time the outermost effect around it is done (see cost.h)
};
using Notes = std::vector<Note>;

/// A change of the program that keeps its meaning: the same numbers, the same effects in the same order.
/// A pass may be switched off by its name. What it must not assume: that any other pass has run.
struct Pass {
  std::string_view name;          // a verb, as in the name of its files
  std::string_view doc;           // one line for `duet explain`
  bool (*run)(Program&, Notes&);  // true if it changed something; notes are added, never removed
};

}  // namespace duet
