#pragma once

#include <string>

#include "runtime/core/error.h"

namespace duet {

/// The command line is wrong: exit code 2.
class UsageError : public Error {
 public:
  using Error::Error;
  /// One whose diagnostics have been added already.
  static UsageError reported() { return UsageError("", ""); }
  bool is_reported() const { return code().empty(); }
};

}  // namespace duet
