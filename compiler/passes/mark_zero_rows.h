#pragma once

#include "compiler/passes/pass.h"

namespace duet {

/// The derivative of a minimum or maximum is zero where the element was not the extreme one, and that of one element
/// where it is another: for each transition one of two critics has none. A product of such rows with weights gets the
/// attribute `zero_rows`, the axes of the extreme or element, by which a plan looks while it runs for rows that are
/// zero, and leaves them out; between equals several rows are not. A row of zeros stays one through products with
/// anything, masks, averages of the row, renamings and layers; the product must be large enough to be worth a look. Its
/// weights come from a state, and what a state holds is finite: 0 times anything of it is 0. Requires: a well-formed
/// program.
bool mark_zero_rows(Program& program, Notes& notes);

inline constexpr Pass kMarkZeroRows{"mark_zero_rows", "leave out rows of products that are zero", mark_zero_rows};

}  // namespace duet
