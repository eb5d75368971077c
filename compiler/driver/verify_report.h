#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/recorded_sets.h"
#include "runtime/sim/verify.h"

namespace duet {

/// Everything that `duet verify` found out.
struct VerifyReport {
  std::string robot, against;
  ComparisonOptions options;
  std::vector<ModelReport> models;  ///< One for each file of numbers; empty if there was none.
  std::vector<RecordingReport> recordings;
  std::vector<SkippedRecording> skipped;

  bool agrees() const;
};

/// A table for people, and below it where each recording differs first.
std::string verify_table(const VerifyReport& report);

/// All of it, with every array that was compared; what is not finite becomes null.
std::string verify_json(const VerifyReport& report);

}  // namespace duet
