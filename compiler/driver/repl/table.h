#pragma once

#include <string>

#include "runtime/interp/interpreter.h"

namespace duet {

struct TableOptions {
  size_t columns = 80;  // of the terminal
  size_t rows = 20;     // of one table; longer ones are cut in the middle
  size_t slices = 6;    // tables of a value with more than two axes
};

/// A number with four significant digits; whole numbers below a million in full; booleans as words.
std::string number_text(double value, Kind kind = Kind::real);

/// A value with its axes, ending in a newline: a number; a row labelled with positions along the axis; a table with
/// both axes in its corner; for more axes a table for each slice.
std::string table(const TensorData& value, const TableOptions& options = {});

}  // namespace duet
