#pragma once

#include <string_view>

#include "runtime/program/program.h"

namespace duet {

/// A change of the program that keeps its meaning: the same numbers, the same effects in the same order.
/// A pass may be switched off by its name. What it must not assume: that any other pass has run.
struct Pass {
  std::string_view name;  // a verb, as in the name of its files
  std::string_view doc;   // one line for `duet explain`
  bool (*run)(Program&);  // true if it changed something
};

}  // namespace duet
