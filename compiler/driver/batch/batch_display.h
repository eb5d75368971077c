#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "runtime/run/progress_file.h"

namespace duet {

/// A run that is being worked on.
struct BatchLine {
  std::string name;
  RunProgress progress;
};

/// How far a batch is, for a person: a line for each run that is going on. On a terminal these are redrawn in place,
/// under the runs that have ended; elsewhere each run has a line when it begins and ends, and one every minute.
class BatchDisplay {
 public:
  struct Options {
    bool terminal = false;
    bool quiet = false;             ///< nothing at all
    int width = 100;                ///< columns of the terminal
    std::function<double()> clock;  ///< seconds, monotonic; empty: the system's. Tests give their own.
  };

  BatchDisplay(std::ostream& out, Options options);

  /// Something happened: a line that stays.
  void say(const std::string& line);
  /// Redraws, if it is time. `summary` is for the whole batch.
  void show(const std::vector<BatchLine>& lines, const std::string& summary);
  /// Removes what is redrawn.
  void clear();

 private:
  struct Seen {
    double first_time = 0, told = 0;
    int64_t first_step = 0;
  };
  std::string text_of(const BatchLine& line, Seen& seen, double now) const;

  std::ostream& out_;
  Options options_;
  std::map<std::string, Seen> seen_;
  double shown_ = -1e9;
  size_t drawn_ = 0;  // lines on the terminal that will be redrawn
};

}  // namespace duet
