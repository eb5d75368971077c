#pragma once

#include <span>
#include <string_view>

namespace duet {

/// One entry of the table in codes.def.
struct CodeInfo {
  std::string_view code;         ///< "E0001"
  std::string_view title;        ///< a few words
  std::string_view explanation;  ///< what `duet explain E0001` prints
};

/// All codes, in ascending order.
std::span<const CodeInfo> all_codes();

/// The entry of `code`, or nullptr if there is no such code. Case does not matter.
const CodeInfo* find_code(std::string_view code);

}  // namespace duet
