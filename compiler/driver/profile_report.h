#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compiler/base/source.h"
#include "runtime/plan/profile.h"

namespace duet {

/// What one line of a script cost, without what other lines do on its behalf.
struct LineCost {
  uint32_t file = 0, line = 0;
  int64_t calls = 0;   // of the operation on it that was done most often
  double seconds = 0;  // as a clock shows it
  double flops = 0;
};

/// What `duet profile` shows.
struct ProfileReport {
  std::string name;             // the algorithm and its robot
  int64_t steps = 0;            // environment steps that were done
  double seconds = 0;           // of all
  int threads = 1;              // that work
  double peak = 0;              // of them together, GFLOP/s
  std::vector<LineCost> lines;  // dearest first
};

using NodeTimes = std::map<const Node*, plan::Profile::Entry>;

/// The costs of the lines, dearest first. Each node's time, less that of the nodes inside it, goes to the line where
/// its expression begins, or, if that is unknown, to that of the node around it. What a tile takes is shared out among
/// the nodes in it as the threads that do its pieces spend their time.
std::vector<LineCost> line_costs(const Program& program, const NodeTimes& times, const SourceMap& sources);

/// `all`: lines that take next to no time, too.
std::string to_text(const ProfileReport& report, bool all, const SourceMap& sources);
nlohmann::ordered_json to_json(const ProfileReport& report, const SourceMap& sources);

}  // namespace duet
